import type * as tf from '@tensorflow/tfjs-core'
import type { Attribute, Made, NodeBackend } from '../binding.ts'
import { graphRunner } from './graphs.ts'
import { outcomeOf } from './kernels.ts'
import { runOneByOne } from './one-by-one.ts'
import type { Graph, Operation, Source } from './operation.ts'

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

/** Lets calls of kernels wait while `work` runs, and runs them together: when numbers are read, and at the end. */
export type Recorder = <A>(work: () => A) => A

const typeNumbers: Readonly<Partial<Record<tf.DataType, number>>> = { float32: 1, int32: 3, bool: 10 }

/** Takes the place of the methods of tfjs-node's backend through which all kernels go. */
export const recorderOf = (backend: NodeBackend, enough = worthASession): Recorder => {
  const { binding, tensorMap } = backend
  const executeSingleOutput = backend.executeSingleOutput.bind(backend)
  const executeMultipleOutputs = backend.executeMultipleOutputs.bind(backend)
  const getInputTensorIds = backend.getInputTensorIds.bind(backend)
  const readSync = backend.readSync.bind(backend)
  const disposeData = backend.disposeData.bind(backend)
  const runGraph = graphRunner(binding)
  let recording: Recording | undefined

  const isPending = (dataId: tf.DataId): boolean => {
    const place = recording?.places.get(dataId)
    return place !== undefined && 'operation' in place
  }

  const numbersOf = ({ dataId }: tf.TensorInfo): readonly number[] | undefined => {
    if (isPending(dataId)) return undefined
    const { values, id } = tensorMap.get(dataId)
    return Array.from((values ?? binding.tensorDataSync(id)) as ArrayLike<number>)
  }

  const sourceOf = ({ feeds, places }: Recording, dataId: tf.DataId): Source => {
    const known = places.get(dataId)
    if (known !== undefined) return known
    const { shape, dtype, id, values } = tensorMap.get(dataId)
    const source: Source = { feed: feeds.push({ dataId, shape, dtype, id, values }) - 1 }
    places.set(dataId, source)
    return source
  }

  /** A handle of what is fed. Numbers without one get it here, for good where their tensor still stands. */
  const handleOf = ({ dataId, shape, dtype, id, values }: Feed, freed: number[]): number => {
    if (values === null) return id
    if (tensorMap.has(dataId)) return getInputTensorIds([{ dataId, shape: [...shape], dtype: 'float32' }])[0] as number
    const uploaded = binding.createTensor(shape, dtype, values)
    freed.push(uploaded)
    return uploaded
  }

  /** Runs everything that waits. Tensors that are still alive get their handles. */
  const flush = (): void => {
    if (recording === undefined) return
    const { operations, feeds, places, freed, numbers } = recording
    recording = fresh()
    const alive = [...places].filter(([dataId, place]) => 'operation' in place && tensorMap.has(dataId))
    const graph: Graph = { operations, feeds: feeds.map(({ dtype }) => dtype), wanted: alive.map(([, place]) => place) }
    try {
      if (alive.length === 0) return
      const ids = feeds.map(feed => handleOf(feed, freed))
      const made = numbers < enough ? runOneByOne(binding, graph, ids) : runGraph(graph, ids)
      alive.forEach(([dataId], i) => {
        tensorMap.get(dataId).id = (made[i] as Made).id
      })
    } finally {
      for (const id of freed) binding.deleteTensor(id)
    }
  }

  /** Outputs without numbers, or nothing where the kernel can not wait. */
  const record = (
    name: string,
    attributes: readonly Attribute[],
    inputs: readonly tf.TensorInfo[],
  ): readonly tf.Tensor[] | undefined => {
    if (recording === undefined) return undefined
    const outcome = outcomeOf(name, {
      inputs,
      attribute: key => attributes.find(attribute => attribute.name === key)?.value,
      numbers: i => numbersOf(inputs[i] as tf.TensorInfo),
    })
    const type = outcome && typeNumbers[outcome.dtype]
    if (outcome === undefined || type === undefined) return undefined
    const now = recording
    const sources = inputs.map(({ dataId }) => sourceOf(now, dataId))
    const operation =
      now.operations.push({ name, attributes, inputs: sources, outputs: outcome.shapes.map(() => type) }) - 1
    return outcome.shapes.map((shape, output) => {
      const tensor = backend.createOutputTensor({ id: -1, shape: [...shape], dtype: type })
      now.places.set(tensor.dataId, { operation, output })
      now.numbers += tensor.size
      return tensor
    })
  }

  Object.assign(backend, {
    executeSingleOutput: ((name, attributes, inputs) =>
      record(name, attributes, inputs)?.[0] ??
      executeSingleOutput(name, attributes, inputs)) satisfies NodeBackend['executeSingleOutput'],
    executeMultipleOutputs: ((name, attributes, inputs, outputs) =>
      record(name, attributes, inputs) ??
      executeMultipleOutputs(name, attributes, inputs, outputs)) satisfies NodeBackend['executeMultipleOutputs'],
    // Whatever needs handles at once: a kernel that can not wait.
    getInputTensorIds: (inputs => {
      if (inputs.some(({ dataId }) => isPending(dataId))) flush()
      return getInputTensorIds(inputs)
    }) satisfies NodeBackend['getInputTensorIds'],
    readSync: (dataId => {
      if (isPending(dataId)) flush()
      return readSync(dataId)
    }) satisfies NodeBackend['readSync'],
    disposeData: ((dataId, force = false) => {
      const place = recording?.places.get(dataId)
      const entry = tensorMap.has(dataId) ? tensorMap.get(dataId) : undefined
      if (
        place !== undefined &&
        'feed' in place &&
        entry !== undefined &&
        entry.id >= 0 &&
        (force || entry.refCount === 1)
      ) {
        recording?.freed.push(entry.id)
        entry.id = -1
      }
      return disposeData(dataId, force)
    }) satisfies NodeBackend['disposeData'],
  })

  return work => {
    if (recording !== undefined) return work()
    recording = fresh()
    try {
      const result = work()
      flush()
      return result
    } finally {
      for (const id of recording.freed) binding.deleteTensor(id)
      recording = undefined
    }
  }
}
