import * as tf from '@tensorflow/tfjs-core'

/** Euclidean norm of a vector, a scalar. (`tf.norm` raises |x| to a power, which takes longer and one vector more.) */
export const norm = (vector: tf.Tensor1D): tf.Scalar => tf.tidy(() => tf.sqrt(tf.sum(tf.square(vector))) as tf.Scalar)

/** The same, as a number. */
export const normOf = (vector: tf.Tensor1D): number => tf.tidy(() => norm(vector).dataSync()[0] as number)
