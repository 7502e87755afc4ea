import * as tf from '@tensorflow/tfjs-core'
import { lazyGrad } from '../tensors/lazy-gradient.ts'

/** Cosines and sines of a rotary embedding, one row a token: both [rows, 1, headDim]. The sines of the first half are negative. */
export interface Rotation {
  readonly cos: tf.Tensor3D
  readonly sin: tf.Tensor3D
}

/** The halves of each head exchanged. [rows, heads, headDim] */
const exchanged = (x: tf.Tensor3D): tf.Tensor => {
  const [rows, heads, headDim] = x.shape
  return tf.reshape(tf.reverse(tf.reshape(x, [rows * heads, 2, headDim / 2]), 1), [rows, heads, headDim])
}

/** x·cos + rotate_half(x)·sin (Su et al. 2021, "RoFormer"); the way back turns the other way. [rows, heads, headDim] */
export const rotate = (x: tf.Tensor3D, { cos, sin }: Rotation): tf.Tensor3D =>
  lazyGrad([x], () => ({
    value: tf.add(tf.mul(x, cos), tf.mul(exchanged(x), sin)),
    gradients: dy => [() => tf.sub(tf.mul(dy, cos), tf.mul(exchanged(dy), sin))],
  }))

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
      const angle = angles[r * half + i]!
      const at = r * headDim + i
      cos[at + half] = cos[at] = Math.cos(angle)
      sin[at + half] = Math.sin(angle)
      sin[at] = -Math.sin(angle)
    }
  return { cos: tf.tensor3d(cos, [rows, 1, headDim]), sin: tf.tensor3d(sin, [rows, 1, headDim]) }
}
