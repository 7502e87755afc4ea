import * as tf from '@tensorflow/tfjs-core'

/** An operation with its own way back: its value, and for every input the gradient, computed when it is asked for. */
export interface Lazy {
  readonly value: tf.Tensor
  readonly gradients: (dy: tf.Tensor, saved: readonly tf.Tensor[]) => readonly (() => tf.Tensor)[]
}

/** What `tf.customGrad` itself is made of; its types keep it private. */
interface Runner {
  readonly runKernelFunc: (kernel: {
    readonly inputs: Readonly<Record<string, tf.Tensor>>
    readonly forwardFunc: (backend: unknown, save: tf.GradSaveFunc) => tf.Tensor
    readonly backwardsFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => Readonly<Record<string, () => tf.Tensor>>
  }) => tf.Tensor
}

/**
 * `tf.customGrad` that computes only the gradients that lead to something trained: `tf.customGrad` computes all of them, and the
 * gradient of a frozen weight costs as much as that of a trained one.
 */
export const lazyGrad = (
  inputs: readonly tf.Tensor[],
  forward: (save: (kept: tf.Tensor[]) => void) => Lazy,
): tf.Tensor => {
  let way: Lazy['gradients'] | undefined
  const { runKernelFunc } = tf.engine() as unknown as Runner
  return runKernelFunc.call(tf.engine(), {
    inputs: Object.fromEntries(inputs.entries()),
    forwardFunc: (_, save) => {
      const { value, gradients } = forward(save)
      way = gradients
      return value
    },
    backwardsFunc: (dy, saved) => Object.fromEntries((way?.(dy, saved) ?? []).entries()),
  })
}
