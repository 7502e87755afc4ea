import * as tf from '@tensorflow/tfjs-core'

/** A value, and the gradients of a loss by the inputs from that by the value and from what was saved. */
interface Differentiable<T extends tf.Tensor> {
  readonly value: T
  readonly gradFunc: (dy: T, saved: tf.Tensor[]) => tf.Tensor | tf.Tensor[]
}

/** `tf.customGrad` of a function that knows its inputs: what it saves lives until the way back. All gradients are computed there. */
export const withGradient = <T extends tf.Tensor>(
  inputs: readonly tf.Tensor[],
  forward: (save: tf.GradSaveFunc) => Differentiable<T>,
): T => tf.customGrad((...args) => forward(args.at(-1) as tf.GradSaveFunc))(...inputs)
