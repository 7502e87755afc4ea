import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type * as tf from '@tensorflow/tfjs-core'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { fault } from '../../../flow/index.ts'
import type { EngineFault } from '../../engine.ts'
import { type Adapter, adapterScale } from '../lora/adapter.ts'
import { badAdapter } from '../lora/targets.ts'
import type { Qwen25VLConfig } from '../model/config.ts'
import type { Parameters } from '../model/parameters.ts'
import type { OptimiserState } from '../train/optimiser.ts'
import { adapterConfigFile, madeAdapter, readStoredAdapter, type StoredAdapter, writeAdapter } from './peft-files.ts'
import { parametersOf, readStoredWeights } from './read-weights.ts'
import { indexFile, readSafetensors, singleFile, writeSafetensors } from './safetensors.ts'
import { loaded, stored } from './stored.ts'
import type { WeightFormat } from './weight-format.ts'
import type { WeightNames } from './weight-names.ts'
import { writeWeights } from './write-weights.ts'

/** What a folder holds: weights, an adapter, or both, and what the optimiser remembers. */
export interface Checkpoint {
  readonly parameters?: Parameters
  /** The scheme that the weights were named by, where there are some. */
  readonly names?: WeightNames
  readonly adapter?: Adapter
  readonly optimiser?: OptimiserState
}

const optimiserFile = 'optimiser.safetensors'

/**
 * Writes the weights as transformers reads them, in the given format, and the adapter as PEFT reads it, whichever is given, and
 * `optimiser.safetensors` into the folder, which is made when it is not there.
 */
export const writeCheckpoint = (
  directory: string,
  {
    config,
    parameters,
    adapter,
    optimiser,
    format,
  }: Omit<Checkpoint, 'names'> & {
    readonly config: Qwen25VLConfig
    readonly format: WeightFormat
  },
): TE.TaskEither<EngineFault, void> => {
  const slots = new Map(Object.entries(optimiser?.slots ?? {}).map(([name, slot]) => [name, stored(slot)]))
  return F.pipe(
    parameters === undefined ? TE.right(undefined) : writeWeights(directory, config, parameters, format),
    TE.flatMap(() => (adapter === undefined ? TE.right(undefined) : writeAdapter(directory, adapter))),
    TE.flatMap(() =>
      optimiser === undefined
        ? TE.right(undefined)
        : writeSafetensors(join(directory, optimiserFile), slots, { step: String(optimiser.step) }),
    ),
  )
}

const mismatch = (cause: string): E.Either<EngineFault, never> =>
  E.left(fault('BadCheckpoint', cause, "Load a checkpoint that was made with this model's config.json."))

/** What is trained: the number of its parameters, and the names of the slots that the optimiser keeps of them. */
interface Trained {
  readonly size: number
  readonly slots: readonly string[]
}

/** The optimiser's state beside the weights, when there is one: just its slots, and each with `size` numbers. */
const readOptimiser =
  (directory: string, { size, slots }: Trained): TE.TaskEither<EngineFault, OptimiserState | undefined> =>
  async () => {
    const path = join(directory, optimiserFile)
    if (!existsSync(path)) return E.right(undefined)
    const read = await readSafetensors(path)()
    if (E.isLeft(read)) return read
    const { tensors, metadata } = read.right
    const step = Number(metadata.step)
    if (!Number.isInteger(step) || step < 0) return mismatch(`${path}: its step is "${metadata.step}"`)
    const [had, needed] = [[...tensors.keys()].sort(), [...slots].sort()]
    if (had.join() !== needed.join())
      return mismatch(`${path} holds the slots [${had.join(', ')}], the optimiser keeps [${needed.join(', ')}]`)
    for (const [name, { data }] of tensors)
      if (data.length !== size) return mismatch(`${path}: ${name} has ${data.length} numbers, the model trains ${size}`)
    return E.right({
      step,
      slots: Object.fromEntries([...tensors].map(([name, tensor]) => [name, loaded(tensor) as tf.Tensor1D])),
    })
  }

/** Whether an adapter from a folder is another version of the engine's own: the same matrices, the same scale. */
const sameAdapter = (read: StoredAdapter, own: Adapter): E.Either<EngineFault, StoredAdapter> => {
  const wrong = (cause: string) =>
    E.left(
      badAdapter(cause, "Load an adapter of the shape that the engine's own has, or make the engine with this one."),
    )
  if (read.rank !== own.rank) return wrong(`the adapter has rank ${read.rank}, the engine's has ${own.rank}`)
  const [scale, ours] = [adapterScale(read), adapterScale(own)]
  if (scale !== ours) return wrong(`the adapter has scale ${scale}, the engine's has ${ours}`)
  const other =
    [...own.matrices.keys()].find(name => !read.stored.has(name)) ??
    [...read.stored.keys()].find(name => !own.matrices.has(name))
  return other === undefined
    ? E.right(read)
    : wrong(`only one of the adapter and the engine's has ${other} (${read.stored.size} against ${own.matrices.size})`)
}

const readOwnAdapter = (
  directory: string,
  config: Qwen25VLConfig,
  own: Adapter | undefined,
): TE.TaskEither<EngineFault, StoredAdapter | undefined> => {
  if (!existsSync(join(directory, adapterConfigFile))) return TE.right(undefined)
  if (own === undefined)
    return TE.left(badAdapter(`${directory} holds an adapter, the engine has none`, 'Make the engine with an adapter.'))
  return TE.flatMapEither((read: StoredAdapter) => sameAdapter(read, own))(readStoredAdapter(directory, config))
}

/**
 * Reads what `writeCheckpoint` wrote, a Hugging Face checkpoint of the same sizes, or a PEFT adapter of the shape of `adapter`;
 * weights may be missing where there is an adapter. With `trained`, the optimiser's state too, where there is one.
 */
export const readCheckpoint = (
  directory: string,
  config: Qwen25VLConfig,
  { trained, adapter: own }: { readonly trained?: Trained; readonly adapter?: Adapter },
): TE.TaskEither<EngineFault, Checkpoint> => {
  const hasWeights = [singleFile, indexFile].some(name => existsSync(join(directory, name)))
  return F.pipe(
    readOwnAdapter(directory, config, own),
    TE.bindTo('adapter'),
    TE.bind('weights', ({ adapter }) =>
      adapter !== undefined && !hasWeights ? TE.right(undefined) : readStoredWeights(directory, config),
    ),
    TE.bind('optimiser', () => (trained === undefined ? TE.right(undefined) : readOptimiser(directory, trained))),
    TE.map(({ weights, adapter, optimiser }) => ({
      ...(weights === undefined ? {} : { names: weights.names, parameters: parametersOf(weights) }),
      ...(adapter === undefined ? {} : { adapter: madeAdapter(adapter) }),
      ...(optimiser === undefined ? {} : { optimiser }),
    })),
  )
}
