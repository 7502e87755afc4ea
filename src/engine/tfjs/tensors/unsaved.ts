import * as tf from '@tensorflow/tfjs-core'
import { lazyGrad } from './lazy-gradient.ts'

/*
 * Operations whose way back needs no tensor but the gradient. tfjs's own keep their inputs until then, if only for their shapes,
 * and with them memory that could be written over.
 */

/** Sums a gradient over the axes along which its input was broadcast. */
export const reducedTo = (gradient: tf.Tensor, shape: number[]): tf.Tensor => {
  const axes = tf.broadcast_util.getReductionAxes(shape, gradient.shape)
  if (axes.length === 0) return gradient
  const sum = tf.sum(gradient, axes)
  return sum.rank === shape.length ? sum : tf.reshape(sum, shape)
}

/** `tf.reshape`. */
export const reshape = <T extends tf.Tensor>(x: tf.Tensor, shape: number[]): T => {
  const before = x.shape
  return lazyGrad([x], () => ({ value: tf.reshape(x, shape) as T, gradients: dy => [() => tf.reshape(dy, before)] }))
}

/** `tf.add`: either may be broadcast. */
export const add = <T extends tf.Tensor>(a: tf.Tensor, b: tf.Tensor): T => {
  const [left, right] = [a.shape, b.shape]
  return lazyGrad([a, b], () => ({
    value: tf.add(a, b),
    gradients: dy => [() => reducedTo(dy, left), () => reducedTo(dy, right)],
  }))
}

/** The parts of a tensor along an axis, of these sizes. */
export const parts = <T extends tf.Tensor>(x: T, sizes: readonly number[], axis: number): readonly T[] =>
  sizes.length === 1 ? [x] : tf.split<T>(x, [...sizes], axis)

/** The two of them. */
export const halves = <T extends tf.Tensor>(x: T, sizes: readonly [number, number], axis: number): readonly [T, T] => {
  const [a, b] = parts(x, sizes, axis)
  return [a!, b!]
}

/** x times a constant of a shape that broadcasts to that of x. */
export const scale = (x: tf.Tensor, factor: tf.Tensor): tf.Tensor =>
  lazyGrad([x], save => {
    save([factor])
    return { value: tf.mul(x, factor), gradients: (dy, [saved]) => [() => tf.mul(dy, saved!)] }
  })

/** `tf.concat`. */
export const concat = (tensors: readonly tf.Tensor[], axis: number): tf.Tensor => {
  const sizes = tensors.map(({ shape }) => shape[axis]!)
  return lazyGrad(tensors, () => ({
    value: tf.concat([...tensors], axis),
    gradients: dy => {
      const parts = tf.split(dy, sizes, axis)
      return parts.map(part => () => part)
    },
  }))
}
