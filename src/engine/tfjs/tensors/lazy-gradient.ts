import * as tf from '@tensorflow/tfjs-core'

/** An operation with its own way back: its value, and for every input the gradient, computed when it is asked for. */
export interface Lazy<T extends tf.Tensor> {
  readonly value: T
  readonly gradients: (dy: T, saved: readonly tf.Tensor[]) => readonly (() => tf.Tensor)[]
}

/** What `tf.customGrad` itself is made of; its types keep it private. */
interface Runner {
  readonly runKernelFunc: <T extends tf.Tensor>(kernel: {
    readonly inputs: Readonly<Record<string, tf.Tensor>>
    readonly forwardFunc: (backend: unknown, save: tf.GradSaveFunc) => T
    readonly backwardsFunc: (dy: T, saved: tf.Tensor[]) => Readonly<Record<string, () => tf.Tensor>>
  }) => T
}

/**
 * `tf.customGrad` that computes only the gradients that lead to something trained: `tf.customGrad` computes all of them, and the
 * gradient of a frozen weight costs as much as that of a trained one.
 */
export const lazyGrad = <T extends tf.Tensor>(
  inputs: readonly tf.Tensor[],
  forward: (save: (kept: tf.Tensor[]) => void) => Lazy<T>,
): T => {
  let way: Lazy<T>['gradients'] | undefined
  const engine = tf.engine() as unknown as Runner
  return engine.runKernelFunc({
    inputs: Object.fromEntries(inputs.entries()),
    forwardFunc: (_, save) => {
      const { value, gradients } = forward(save)
      way = gradients
      return value
    },
    backwardsFunc: (dy, saved) => Object.fromEntries((way?.(dy, saved) ?? []).entries()),
  })
}
