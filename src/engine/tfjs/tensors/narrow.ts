import * as tf from '@tensorflow/tfjs-core'
import { asPacked, packingOf } from './packed.ts'
import { type Draw, packAtRandom } from './stochastic.ts'
import { packBrain } from './unpack.ts'
import { uploaded } from './uploaded.ts'
import { widened } from './widen.ts'

/** A backend may round a vector to packed bfloat16 as one kernel of this name: x and a draw → words. */
export const narrowKernel = 'KinogradNarrow'

const asBrain = (words: tf.Tensor1D, size: number): tf.Tensor1D => asPacked(words, { type: 'BF16', shape: [size] })

/** So many zeros as packed bfloat16. */
export const brainZeros = (size: number): tf.Tensor1D => asBrain(tf.fill([Math.ceil(size / 2)], 0, 'int32'), size)

/** A flat vector of packed bfloat16 with these words. */
export const brainOf = (words: Int32Array, size: number): tf.Tensor1D =>
  asBrain(uploaded(tf.tensor1d(words, 'int32')), size)

/** Numbers as a flat vector of packed bfloat16, rounded half to even. */
export const nearestBrain = (values: Float32Array): tf.Tensor1D => {
  const even = new Float32Array(values.length + (values.length % 2))
  even.set(values)
  return brainOf(packBrain(even), values.length)
}

/** A flat vector as packed bfloat16, rounded at random (`packAtRandom`). The caller's to free; its argument stays the caller's. */
export const narrowed = (x: tf.Tensor1D, draw: Draw): tf.Tensor1D =>
  tf.getKernel(narrowKernel, tf.getBackend()) === undefined
    ? brainOf(packAtRandom(x.dataSync<'float32'>(), draw), x.size)
    : asBrain(tf.engine().runKernel<tf.Tensor1D>(narrowKernel, { x }, { ...draw }), x.size)

/** The numbers of a flat vector, packed or not, as float32: exact. The caller's to free. */
export const flatFloats = (x: tf.Tensor1D): tf.Tensor1D =>
  tf.tidy(() => {
    const size = packingOf(x)?.shape[0]
    if (size === undefined) return tf.clone(x)
    const numbers = widened(tf.reshape(x, [1, -1]), { type: 'BF16', shape: [1, 2 * x.size] })
    const flat: tf.Tensor1D = tf.reshape(numbers, [-1])
    return size === 2 * x.size ? flat : tf.slice1d(flat, 0, size)
  })
