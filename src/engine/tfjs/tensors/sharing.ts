import * as tf from '@tensorflow/tfjs-core'

/**
 * The same tensor once more: both share their numbers, which live until both are freed. On every backend; `tf.clone` copies them on
 * WebAssembly.
 */
export const sharing = <T extends tf.Tensor>(x: T): T => {
  const { dataId, shape, dtype } = x
  tf.backend().incRef(dataId)
  return tf.engine().makeTensorFromTensorInfo({ dataId, shape, dtype }) as T
}
