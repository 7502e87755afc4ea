import type * as tf from '@tensorflow/tfjs-core'
import { type Attribute, type Binding, type Made, type NodeBackend, typeNumbers } from '../binding.ts'
import { graphRunner } from './graphs.ts'
import { outcomeOf } from './kernels.ts'
import { runOneByOne } from './one-by-one.ts'
import { type Graph, isResult, type Operation, type Source } from './operation.ts'

/**
 * Numbers that operations must give in all before a session of TensorFlow is made for them; fewer are run one by one. It looks at
 * shapes alone, so that the same work always runs in the same way.
 */
const worthASession = 2 ** 22

/** A tensor that exists before the recorded operations: a handle of TensorFlow, or numbers that have none yet. */
interface Feed {
  readonly dataId: tf.DataId
  readonly shape: readonly number[]
  readonly dtype: number
  readonly id: number
  readonly values: tf.BackendValues | null
}

/** What was recorded since operations ran last. */
interface Recording {
  readonly operations: Operation[]
  readonly feeds: Feed[]
  readonly places: Map<tf.DataId, Source>
  /** Handles that are fed and whose tensors were freed in the meantime. */
  readonly freed: number[]
  numbers: number
}

const fresh = (): Recording => ({ operations: [], feeds: [], places: new Map(), freed: [], numbers: 0 })

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

/** The methods of tfjs-node's backend that are needed here, as they were before calls waited. */
type Native = Pick<NodeBackend, 'binding' | 'tensorMap' | 'createOutputTensor' | 'getInputTensorIds'>

const deleteAll = (binding: Binding, ids: readonly number[]): void => {
  for (const id of ids) binding.deleteTensor(id)
}

export const waitingOf = (native: Native, enough = worthASession): Waiting => {
  const { binding, tensorMap } = native
  const runGraph = graphRunner(binding)
  let recording = fresh()

  const lacks = (dataId: tf.DataId): boolean => {
    const place = recording.places.get(dataId)
    return place !== undefined && isResult(place)
  }

  const numbersOf = ({ dataId }: tf.TensorInfo): readonly number[] | undefined => {
    if (lacks(dataId)) return undefined
    const { values, id } = tensorMap.get(dataId)
    return Array.from((values ?? binding.tensorDataSync(id)) as ArrayLike<number>)
  }

  const sourceOf = (dataId: tf.DataId): Source => {
    const known = recording.places.get(dataId)
    if (known !== undefined) return known
    const { shape, dtype, id, values } = tensorMap.get(dataId)
    const source: Source = { feed: recording.feeds.push({ dataId, shape, dtype, id, values }) - 1 }
    recording.places.set(dataId, source)
    return source
  }

  /** A handle of what is fed. Numbers without one get it here: for good where their tensor still stands, else until `freed` goes. */
  const handleOf = ({ dataId, shape, dtype, id, values }: Feed, freed: number[]): number => {
    if (values === null) return id
    if (tensorMap.has(dataId))
      return native.getInputTensorIds([{ dataId, shape: [...shape], dtype: 'float32' }])[0] as number
    const uploaded = binding.createTensor(shape, dtype, values)
    freed.push(uploaded)
    return uploaded
  }

  return {
    lacks,
    record: (name, attributes, inputs) => {
      const outcome = outcomeOf(name, {
        inputs,
        attribute: key => attributes.find(attribute => attribute.name === key)?.value,
        numbers: i => numbersOf(inputs[i] as tf.TensorInfo),
      })
      const type = outcome && typeNumbers[outcome.dtype]
      if (outcome === undefined || type === undefined) return undefined
      const sources = inputs.map(({ dataId }) => sourceOf(dataId))
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
      const { operations, feeds, places, freed, numbers } = recording
      recording = fresh()
      const alive = [...places].filter(([dataId, place]) => isResult(place) && tensorMap.has(dataId))
      const wanted = alive.map(([, place]) => place)
      const graph: Graph = { operations, feeds: feeds.map(({ dtype }) => dtype), wanted }
      try {
        if (wanted.length === 0) return
        const ids = feeds.map(feed => handleOf(feed, freed))
        const made = numbers < enough ? runOneByOne(binding, graph, ids) : runGraph(graph, ids)
        alive.forEach(([dataId], i) => {
          tensorMap.get(dataId).id = (made[i] as Made).id
        })
      } finally {
        deleteAll(binding, freed)
      }
    },
    beforeFree: (dataId, force) => {
      const place = recording.places.get(dataId)
      if (place === undefined || isResult(place) || !tensorMap.has(dataId)) return
      const entry = tensorMap.get(dataId)
      if (entry.id < 0 || (entry.refCount > 1 && !force)) return
      recording.freed.push(entry.id)
      entry.id = -1
    },
    clear: () => {
      deleteAll(binding, recording.freed)
      recording = fresh()
    },
  }
}
