import * as tf from '@tensorflow/tfjs-core'
import { product } from './products.ts'

/** Cosines and sines of a rotary embedding, one row a token: both [rows, 1, headDim]. */
export interface Rotation {
  readonly cos: tf.Tensor3D
  readonly sin: tf.Tensor3D
}

/** The matrix of `rotate_half`: x·M = (−x₂, x₁) for x = (x₁, x₂). [headDim, headDim] */
export const halfTurn = (headDim: number): tf.Tensor2D => {
  const half = headDim / 2
  const values = new Float32Array(headDim * headDim)
  for (let i = 0; i < half; i++) {
    values[(half + i) * headDim + i] = -1
    values[i * headDim + half + i] = 1
  }
  return tf.tensor2d(values, [headDim, headDim])
}

/**
 * Rotates the heads of every row: x·cos + rotate_half(x)·sin. x [rows, heads, headDim]. `rotate_half` is one product with a
 * constant matrix, which costs fewer passes over memory than slicing, negating and joining.
 */
export const rotate = (x: tf.Tensor3D, { cos, sin }: Rotation, turn: tf.Tensor2D): tf.Tensor3D => {
  const headDim = x.shape[2]
  const turned = (y: tf.Tensor, back: boolean): tf.Tensor =>
    tf.reshape(product(tf.reshape(y, [-1, headDim]), turn, false, back), x.shape)
  return tf.customGrad((...args) => {
    const a = args[0] as tf.Tensor
    return {
      value: tf.add(tf.mul(a, cos), tf.mul(turned(a, false), sin)),
      gradFunc: (dy: tf.Tensor) => tf.add(tf.mul(dy, cos), turned(tf.mul(dy, sin), true)),
    }
  })(x) as tf.Tensor3D
}

/** Inverse frequencies θ^(−2i/dim), i < dim/2, in float32 as the reference computes them. */
export const inverseFrequencies = (dim: number, theta: number): Float32Array =>
  Float32Array.from({ length: dim / 2 }, (_, i) => 1 / theta ** ((2 * i) / dim))

/** Rotation from the angle of every row and frequency: angles [rows, headDim/2], repeated for both halves. */
export const rotation = (angles: Float32Array, rows: number, headDim: number): Rotation => {
  const half = headDim / 2
  const cos = new Float32Array(rows * headDim)
  const sin = new Float32Array(rows * headDim)
  for (let r = 0; r < rows; r++)
    for (let i = 0; i < half; i++) {
      const angle = angles[r * half + i] as number
      const at = r * headDim + i
      cos[at + half] = cos[at] = Math.cos(angle)
      sin[at + half] = sin[at] = Math.sin(angle)
    }
  return { cos: tf.tensor3d(cos, [rows, 1, headDim]), sin: tf.tensor3d(sin, [rows, 1, headDim]) }
}
