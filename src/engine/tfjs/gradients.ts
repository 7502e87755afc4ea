import * as tf from '@tensorflow/tfjs-core'

/*
 * tfjs-core in Node leaves the registration of gradients to the `@tensorflow/tfjs` union (286 MB, for these ten functions). These
 * are the gradients of the plain kernels that the model uses; everything else in it carries its own (`tf.customGrad`).
 */

type Rule = Omit<tf.GradConfig, 'kernelName'>

/** Sums a gradient over the axes along which its input was broadcast. */
const reduceTo = (gradient: tf.Tensor, shape: number[]): tf.Tensor => {
  const axes = tf.broadcast_util.getReductionAxes(shape, gradient.shape)
  return axes.length === 0 ? gradient : tf.reshape(tf.sum(gradient, axes), shape)
}

const shapeOf = (tensor: tf.Tensor | undefined): number[] => (tensor as tf.Tensor).shape
const only = (dy: tf.Tensor | tf.Tensor[]): tf.Tensor => dy as tf.Tensor

const rules: Readonly<Record<string, Rule>> = {
  [tf.Add]: {
    inputsToSave: ['a', 'b'],
    gradFunc: (dy, [a, b]) => ({ a: () => reduceTo(only(dy), shapeOf(a)), b: () => reduceTo(only(dy), shapeOf(b)) }),
  },
  [tf.Multiply]: {
    inputsToSave: ['a', 'b'],
    gradFunc: (dy, [a, b]) => ({
      a: () => reduceTo(tf.mul(only(dy), b as tf.Tensor), shapeOf(a)),
      b: () => reduceTo(tf.mul(only(dy), a as tf.Tensor), shapeOf(b)),
    }),
  },
  [tf.Sum]: {
    inputsToSave: ['x'],
    gradFunc: (dy, [x], attrs) => {
      const shape = shapeOf(x)
      const axes = tf.util.parseAxisParam(attrs.axis as number[], shape)
      const kept = shape.map((n, i) => (axes.includes(i) ? 1 : n))
      return { x: () => tf.broadcastTo(tf.reshape(only(dy), kept), shape) }
    },
  },
  // A concatenation of one tensor is its clone.
  [tf.Identity]: { gradFunc: dy => ({ x: () => only(dy) }) },
  [tf.Reshape]: {
    inputsToSave: ['x'],
    gradFunc: (dy, [x]) => ({ x: () => tf.reshape(only(dy), shapeOf(x)) }),
  },
  [tf.Transpose]: {
    gradFunc: (dy, _, attrs) => {
      const forward = attrs.perm as number[]
      const back = forward.map((_axis, i) => forward.indexOf(i))
      return { x: () => tf.transpose(only(dy), back) }
    },
  },
  [tf.Concat]: {
    saveAllInputs: true,
    gradFunc: (dy, inputs, attrs) => {
      const axis = tf.util.parseAxisParam(attrs.axis as number, shapeOf(inputs[0]))[0] as number
      const parts = tf.split(
        only(dy),
        inputs.map(x => x.shape[axis] as number),
        axis,
      )
      return Object.fromEntries(inputs.map((_, i) => [String(i), () => parts[i] as tf.Tensor]))
    },
  },
  [tf.SplitV]: {
    gradFunc: (dy, _, attrs) => ({ x: () => tf.concat(dy as tf.Tensor[], attrs.axis as number) }),
  },
  [tf.Softmax]: {
    outputsToSave: [true],
    gradFunc: (dy, [y], attrs) => {
      const weighted = tf.mul(only(dy), y as tf.Tensor)
      return {
        logits: () => tf.sub(weighted, tf.mul(tf.sum(weighted, attrs.dim as number, true), y as tf.Tensor)),
      }
    },
  },
}

/** Registers what is not registered yet. Called when an engine is made. */
export const registerGradients = (): void => {
  for (const [kernelName, rule] of Object.entries(rules))
    if (tf.getGradient(kernelName) === undefined) tf.registerGradient({ kernelName, ...rule })
}
