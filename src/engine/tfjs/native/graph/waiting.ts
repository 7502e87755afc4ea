import type * as tf from '@tensorflow/tfjs-core'
import type { Attribute } from '../binding.ts'
import { graphRunner } from './graphs.ts'
import { outcomeOf } from './kernels.ts'
import { runOneByOne } from './one-by-one.ts'
import { type Graph, isResult } from './operation.ts'
import { deleteHandles, emptyRecording, handlesOf, isPending, keepHandle, type Native, sourceOf } from './recording.ts'

/**
 * Numbers that operations must give in all before a session of TensorFlow is made for them; fewer are run one by one. It looks at
 * shapes alone, so that the same work always runs in the same way.
 */
const worthASession = 2 ** 22

/** Calls of kernels that wait, and the tensors that they will give. */
export interface Waiting {
  /** Outputs whose numbers are not there yet, or nothing where the kernel cannot wait. */
  readonly record: (
    name: string,
    attributes: readonly Attribute[],
    inputs: readonly tf.TensorInfo[],
  ) => readonly tf.Tensor[] | undefined
  /** Whether a tensor's numbers are still to be computed. */
  readonly lacks: (dataId: tf.DataId) => boolean
  /** Runs everything that waits. Tensors that are still alive get their handles. */
  readonly run: () => void
  /** To be told before a tensor's data goes: what waits may read its handle. */
  readonly beforeFree: (dataId: tf.DataId, force: boolean) => void
  /** Forgets what waits. */
  readonly clear: () => void
}

export const waitingOf = (native: Native, enough = worthASession): Waiting => {
  const { binding, tensorMap } = native
  const runGraph = graphRunner(binding)
  let recording = emptyRecording()

  const lacks = (dataId: tf.DataId): boolean => isPending(recording, dataId)

  const numbersOf = ({ dataId }: tf.TensorInfo): readonly number[] | undefined => {
    if (lacks(dataId)) return undefined
    const { values, id } = tensorMap.get(dataId)
    return Array.from((values ?? binding.tensorDataSync(id)) as ArrayLike<number>)
  }

  return {
    lacks,
    record: (name, attributes, inputs) => {
      const outcome = outcomeOf(name, {
        inputs,
        attribute: key => attributes.find(attribute => attribute.name === key)?.value,
        numbers: i => numbersOf(inputs[i]!),
      })
      const type = outcome?.type
      if (outcome === undefined || type === undefined) return undefined
      const sources = inputs.map(({ dataId }) => sourceOf(recording, native, dataId))
      const outputs = outcome.shapes.map(() => type)
      const operation = recording.operations.push({ name, attributes, inputs: sources, outputs }) - 1
      return outcome.shapes.map((shape, output) => {
        const tensor = native.createOutputTensor({ id: -1, shape: [...shape], dtype: type })
        recording.places.set(tensor.dataId, { operation, output })
        recording.numbers += tensor.size
        return tensor
      })
    },
    run: () => {
      const recorded = recording
      recording = emptyRecording()
      const { operations, feeds, places, freed, numbers } = recorded
      const alive = [...places].filter(([dataId, place]) => isResult(place) && tensorMap.has(dataId))
      const wanted = alive.map(([, place]) => place)
      const graph: Graph = { operations, feeds: feeds.map(({ dtype }) => dtype), wanted }
      try {
        if (wanted.length === 0) return
        const handles = handlesOf(recorded, native)
        const made = numbers < enough ? runOneByOne(binding, graph, handles) : runGraph(graph, handles)
        alive.forEach(([dataId], i) => {
          tensorMap.get(dataId).id = made[i]!.id
        })
      } finally {
        deleteHandles(binding, freed)
      }
    },
    beforeFree: (dataId, force) => keepHandle(recording, native, dataId, force),
    clear: () => {
      deleteHandles(binding, recording.freed)
      recording = emptyRecording()
    },
  }
}
