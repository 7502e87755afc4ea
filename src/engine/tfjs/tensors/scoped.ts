import * as tf from '@tensorflow/tfjs-core'

/** `tf.tidy` for results that hold tensors in read-only records: frees every tensor made inside that the result does not hold. */
export const scoped = <A>(work: () => A): A => tf.tidy(work as () => tf.TensorContainer) as A
