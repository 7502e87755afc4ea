import * as tf from '@tensorflow/tfjs-core'

/**
 * Hands a tensor's numbers over to the backend. tfjs-node does that when a kernel first reads them; until then, and until the next
 * collection of garbage after, a large model stands in memory twice. Tensors that are made and uploaded one by one never do.
 */
export const uploaded = <T extends tf.Tensor>(x: T): T => {
  if (x.rank > 0 && x.size > 0) tf.dispose(tf.slice(x, Array<number>(x.rank).fill(0), Array<number>(x.rank).fill(1)))
  return x
}

/**
 * Whether the selected backend has a tensor's numbers where they were given to it, and not in a copy: TensorFlow on processors, where an
 * array begins at a multiple of 64 bytes.
 */
export const takesArraysOver = (): boolean =>
  tf.getBackend() === 'tensorflow' && !(tf.backend() as { isUsingGpuDevice?: boolean }).isUsingGpuDevice
