import * as tf from '@tensorflow/tfjs-core'
import { moveRows } from './gather.ts'
import { scale } from './unsaved.ts'

/** Cosines and sines of a rotary embedding, one row a token: both [rows, 1, headDim]. */
export interface Rotation {
  readonly cos: tf.Tensor3D
  readonly sin: tf.Tensor3D
}

/**
 * What turns the rows of a projection's weight into those of its `rotate_half`: W·x turned is (turned W)·x, so that the turned
 * queries and keys come out of the same product as the straight ones.
 */
export interface HalfTurn {
  readonly index: tf.Tensor1D
  readonly inverse: tf.Tensor1D
  /** −1 for the first half of each head, 1 for the second. [heads · headDim] */
  readonly sign: tf.Tensor1D
}

/** The half turn of `heads` heads laid one after the other. */
export const halfTurn = (heads: number, headDim: number): HalfTurn => {
  const half = headDim / 2
  const size = heads * headDim
  const partner = Int32Array.from({ length: size }, (_, i) => (i % headDim < half ? i + half : i - half))
  const sign = Float32Array.from({ length: size }, (_, i) => (i % headDim < half ? -1 : 1))
  return {
    index: tf.tensor1d(partner, 'int32'),
    inverse: tf.tensor1d(partner, 'int32'),
    sign: tf.tensor1d(sign),
  }
}

/** Rows of a weight [heads · headDim, in], or entries of a bias [heads · headDim], as `rotate_half` would have them. */
export const turned = (weight: tf.Tensor, { index, inverse, sign }: HalfTurn): tf.Tensor =>
  scale(moveRows(weight, index, inverse), weight.rank === 1 ? sign : tf.expandDims(sign, 1))

/** x·cos + rotate_half(x)·sin with the half turn already made. Both [rows, heads, headDim]. */
export const rotate = (straight: tf.Tensor3D, half: tf.Tensor3D, { cos, sin }: Rotation): tf.Tensor3D =>
  tf.customGrad((...args) => {
    const [x, y] = args as [tf.Tensor, tf.Tensor]
    return {
      value: tf.add(tf.mul(x, cos), tf.mul(y, sin)),
      gradFunc: (dy: tf.Tensor) => [tf.mul(dy, cos), tf.mul(dy, sin)],
    }
  })(straight, half) as tf.Tensor3D

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
