import * as tf from '@tensorflow/tfjs-core'
import { reducedTo } from './unsaved.ts'

/*
 * tfjs-core in Node leaves the registration of gradients to the `@tensorflow/tfjs` union (286 MB, for three functions). These are
 * the gradients of the plain kernels that the model uses; everything else in it carries its own (`lazyGrad`, `tf.customGrad`).
 */

type Rule = Omit<tf.GradConfig, 'kernelName'>

const only = (dy: tf.Tensor | tf.Tensor[]): tf.Tensor => (Array.isArray(dy) ? dy[0]! : dy)

const rules: Readonly<Record<string, Rule>> = {
  [tf.Multiply]: {
    inputsToSave: ['a', 'b'],
    gradFunc: (dy, [a, b]) => ({
      a: () => reducedTo(tf.mul(only(dy), b!), a!.shape),
      b: () => reducedTo(tf.mul(only(dy), a!), b!.shape),
    }),
  },
  [tf.Transpose]: {
    gradFunc: (dy, _, attrs) => {
      const forward = attrs.perm as number[]
      const back = forward.map((_axis, i) => forward.indexOf(i))
      return { x: () => tf.transpose(only(dy), back) }
    },
  },
  [tf.SplitV]: {
    gradFunc: (dy, _, attrs) => ({ x: () => tf.concat(Array.isArray(dy) ? dy : [dy], Number(attrs.axis)) }),
  },
}

/** Registers what is not registered yet. Called when an engine is made. */
export const registerGradients = (): void => {
  for (const [kernelName, rule] of Object.entries(rules))
    if (tf.getGradient(kernelName) === undefined) tf.registerGradient({ kernelName, ...rule })
}
