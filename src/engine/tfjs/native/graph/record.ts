import type { NodeBackend } from '../binding.ts'
import { waitingOf } from './waiting.ts'

/** Lets calls of kernels wait while `work` runs, and runs them together: when numbers are read, and at the end. */
export type Recorder = <A>(work: () => A) => A

/**
 * Takes the place of the methods of tfjs-node's backend through which all kernels go. `enough`: how many numbers must be computed at
 * once for a session of TensorFlow.
 */
export const recorderOf = (backend: NodeBackend, enough?: number): Recorder => {
  const { binding, tensorMap } = backend
  const createOutputTensor = backend.createOutputTensor.bind(backend)
  const executeSingleOutput = backend.executeSingleOutput.bind(backend)
  const executeMultipleOutputs = backend.executeMultipleOutputs.bind(backend)
  const getInputTensorIds = backend.getInputTensorIds.bind(backend)
  const readSync = backend.readSync.bind(backend)
  const disposeData = backend.disposeData.bind(backend)
  const waiting = waitingOf({ binding, tensorMap, createOutputTensor, getInputTensorIds }, enough)
  let recording = false

  const recorded: Partial<NodeBackend> = {
    executeSingleOutput: (name, attributes, inputs) =>
      (recording ? waiting.record(name, attributes, inputs)?.[0] : undefined) ??
      executeSingleOutput(name, attributes, inputs),
    executeMultipleOutputs: (name, attributes, inputs, outputs) =>
      (recording ? waiting.record(name, attributes, inputs) : undefined) ??
      executeMultipleOutputs(name, attributes, inputs, outputs),
    // A kernel that cannot wait needs handles now.
    getInputTensorIds: inputs => {
      if (inputs.some(({ dataId }) => waiting.lacks(dataId))) waiting.run()
      return getInputTensorIds(inputs)
    },
    readSync: dataId => {
      if (waiting.lacks(dataId)) waiting.run()
      return readSync(dataId)
    },
    disposeData: (dataId, force = false) => {
      waiting.beforeFree(dataId, force)
      return disposeData(dataId, force)
    },
  }
  Object.assign(backend, recorded)

  return work => {
    if (recording) return work()
    recording = true
    try {
      const result = work()
      waiting.run()
      return result
    } finally {
      waiting.clear()
      recording = false
    }
  }
}
