import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { either as E, taskEither as TE } from 'fp-ts'
import { fault } from '../../flow/index.ts'
import type { EngineFault } from '../engine.ts'
import type { Qwen25VLConfig } from './config.ts'
import type { OptimiserState } from './optimiser.ts'
import type { Parameters } from './parameters.ts'
import { readSafetensors, type StoredTensor, writeSafetensors } from './safetensors.ts'
import { parameterShapes } from './shapes.ts'

export interface Checkpoint {
  readonly parameters: Parameters
  readonly optimiser?: OptimiserState
}

const stored = (tensor: tf.Tensor): StoredTensor => ({
  shape: tensor.shape,
  dtype: 'F32',
  data: tensor.dataSync() as Float32Array,
})

const loaded = ({ data, shape }: StoredTensor): tf.Tensor => tf.tensor(data as Float32Array, [...shape], 'float32')

const optimiserFile = 'optimiser.safetensors'

/** Writes `model.safetensors` (names as on the Hugging Face hub) and `optimiser.safetensors` into the folder. */
export const writeCheckpoint = (
  directory: string,
  { parameters, optimiser }: Checkpoint,
): TE.TaskEither<EngineFault, void> => {
  const model = new Map([...parameters].map(([name, tensor]) => [name, stored(tensor)]))
  const write = writeSafetensors(join(directory, 'model.safetensors'), model, { format: 'pt' })
  if (optimiser === undefined) return write
  const slots = new Map(Object.entries(optimiser.slots).map(([name, slot]) => [name, stored(slot)]))
  return TE.flatMap(write, () =>
    writeSafetensors(join(directory, optimiserFile), slots, { step: String(optimiser.step) }),
  )
}

const mismatch = (cause: string): E.Either<EngineFault, never> =>
  E.left(fault('BadCheckpoint', cause, "Load a checkpoint that was made with this model's config.json."))

/** Every weight of the model, none missing, none of another shape, none that is not finite. */
const checkedParameters = (
  tensors: ReadonlyMap<string, StoredTensor>,
  config: Qwen25VLConfig,
): E.Either<EngineFault, ReadonlyMap<string, StoredTensor>> => {
  const checked = new Map<string, StoredTensor>()
  for (const [name, shape] of parameterShapes(config)) {
    const tensor = tensors.get(name)
    if (tensor === undefined) return mismatch(`${name} is missing`)
    if (tensor.shape.join() !== shape.join())
      return mismatch(`${name} has shape [${tensor.shape}], the model needs [${shape}]`)
    const bad = (tensor.data as Float32Array).findIndex(x => !Number.isFinite(x))
    if (bad >= 0) return mismatch(`${name}[${bad}] is ${tensor.data[bad]}`)
    checked.set(name, tensor)
  }
  return E.right(checked)
}

/** Reads what `writeCheckpoint` wrote, or a Hugging Face checkpoint of the same sizes (then without an optimiser's state). */
export const readCheckpoint = (directory: string, config: Qwen25VLConfig): TE.TaskEither<EngineFault, Checkpoint> =>
  TE.flatMap(
    TE.flatMapEither(readSafetensors(directory), read => checkedParameters(read.tensors, config)),
    parameters => async () => {
      const weights = new Map([...parameters].map(([name, tensor]) => [name, loaded(tensor)]))
      return E.right({ parameters: weights })
    },
  )
