import type * as tf from '@tensorflow/tfjs-core'
import type { Binding, NodeBackend } from '../binding.ts'
import { isResult, type Operation, type Source } from './operation.ts'

/** The methods of tfjs-node's backend that are needed here, as they were before calls waited. */
export type Native = Pick<NodeBackend, 'binding' | 'tensorMap' | 'createOutputTensor' | 'getInputTensorIds'>

/** A tensor that exists before the recorded operations: a handle of TensorFlow, or numbers that have none yet. */
interface Feed {
  readonly dataId: tf.DataId
  readonly shape: readonly number[]
  readonly dtype: number
  readonly id: number
  readonly values: tf.BackendValues | null
}

/** What was recorded since operations ran last. */
export interface Recording {
  readonly operations: Operation[]
  readonly feeds: Feed[]
  readonly places: Map<tf.DataId, Source>
  /** Handles that are fed and whose tensors were freed in the meantime. */
  readonly freed: number[]
  /** How many numbers the operations give in all. */
  numbers: number
}

export const emptyRecording = (): Recording => ({
  operations: [],
  feeds: [],
  places: new Map(),
  freed: [],
  numbers: 0,
})

/** Whether a tensor's numbers are still to be computed. */
export const isPending = ({ places }: Recording, dataId: tf.DataId): boolean => {
  const place = places.get(dataId)
  return place !== undefined && isResult(place)
}

/** Where a recorded operation gets a tensor from; one that was there before is fed from now on. */
export const sourceOf = ({ places, feeds }: Recording, { tensorMap }: Native, dataId: tf.DataId): Source => {
  const known = places.get(dataId)
  if (known !== undefined) return known
  const { shape, dtype, id, values } = tensorMap.get(dataId)
  const source: Source = { feed: feeds.push({ dataId, shape, dtype, id, values }) - 1 }
  places.set(dataId, source)
  return source
}

/** Handles of all that is fed. Numbers without one get it here: for good where their tensor still stands, else until `freed` goes. */
export const handlesOf = ({ feeds, freed }: Recording, native: Native): readonly number[] =>
  feeds.map(({ dataId, shape, dtype, id, values }) => {
    if (values === null) return id
    if (native.tensorMap.has(dataId))
      return native.getInputTensorIds([{ dataId, shape: [...shape], dtype: 'float32' }])[0]!
    const uploaded = native.binding.createTensor(shape, dtype, values)
    freed.push(uploaded)
    return uploaded
  })

/** Keeps the handle of a tensor that is about to be freed where an operation that waits reads it. */
export const keepHandle = (
  { places, freed }: Recording,
  { tensorMap }: Native,
  dataId: tf.DataId,
  force: boolean,
): void => {
  const place = places.get(dataId)
  if (place === undefined || isResult(place) || !tensorMap.has(dataId)) return
  const entry = tensorMap.get(dataId)
  if (entry.id < 0 || (entry.refCount > 1 && !force)) return
  freed.push(entry.id)
  entry.id = -1
}

export const deleteHandles = (binding: Binding, ids: readonly number[]): void => {
  for (const id of ids) binding.deleteTensor(id)
}
