import * as tf from '@tensorflow/tfjs-core'

/** A backend may have half the sum of squares as one kernel of this name, TensorFlow's: x → a scalar. */
export const halfSquaresKernel = 'L2Loss'

const sumOfSquares = (vector: tf.Tensor1D): tf.Scalar =>
  tf.getKernel(halfSquaresKernel, tf.getBackend()) === undefined
    ? tf.sum(tf.square(vector))
    : tf.mul(2, tf.engine().runKernel<tf.Scalar>(halfSquaresKernel, { x: vector }))

/** Euclidean norm of a vector, a scalar. (`tf.norm` raises |x| to a power, which takes longer and one vector more.) */
export const norm = (vector: tf.Tensor1D): tf.Scalar => tf.tidy(() => tf.sqrt(sumOfSquares(vector)))

/** The same of several vectors, as numbers, read at once. */
export const normsOf = (vectors: readonly tf.Tensor1D[]): readonly number[] =>
  tf.tidy(() => [...tf.concat1d(vectors.map(vector => tf.reshape(norm(vector), [1]))).dataSync()])

export const normOf = (vector: tf.Tensor1D): number => normsOf([vector])[0]!

/** The norm of a vector whose pieces have these norms. */
export const jointNorm = (norms: readonly number[]): number =>
  norms.length === 1 ? norms[0]! : Math.sqrt(norms.reduce((sum, part) => sum + part * part, 0))
