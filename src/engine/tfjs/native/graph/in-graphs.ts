import * as tf from '@tensorflow/tfjs-core'
import type { NodeBackend } from '../binding.ts'
import { type Recorder, recorderOf } from './record.ts'

const recorders = new WeakMap<object, Recorder>()

/** Lets `inGraphs` work on a backend of tfjs-node. On graphics cards it does not: what is fed would go through the host. */
export const prepareGraphs = (backend: NodeBackend): void => {
  if (!backend.isUsingGpuDevice && !recorders.has(backend)) recorders.set(backend, recorderOf(backend))
}

/** Lets `inGraphs` hand work on a backend to a recorder. */
export const recordWith = (backend: object, recorder: Recorder): void => void recorders.set(backend, recorder)

/**
 * Runs synchronous work whose kernels need not run at once: TensorFlow gets them as one graph whenever numbers are read, and at the end
 * (lazy tensors; Suhan et al. 2021, "LazyTensor: combining eager execution with domain-specific compilers"). It then runs
 * independent ones side by side, writes results over inputs that nothing reads any more, and frees the rest on the way. The
 * numbers are those of calls one by one, to rounding. On other backends the work simply runs.
 */
export const inGraphs = <A>(work: () => A): A => {
  const recorder = recorders.get(tf.backend())
  return recorder === undefined ? work() : recorder(work)
}
