import * as tf from '@tensorflow/tfjs-core'

/** Euclidean norm of a vector, a scalar. (`tf.norm` raises |x| to a power, which takes longer and one vector more.) */
export const norm = (vector: tf.Tensor1D): tf.Scalar => tf.tidy(() => tf.sqrt(tf.sum(tf.square(vector))) as tf.Scalar)

/** The same of several vectors, as numbers, read at once. */
export const normsOf = (vectors: readonly tf.Tensor1D[]): readonly number[] =>
  tf.tidy(() => [...tf.concat1d(vectors.map(vector => tf.reshape(norm(vector), [1]))).dataSync()])

export const normOf = (vector: tf.Tensor1D): number => normsOf([vector])[0] as number
