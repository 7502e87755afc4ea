import { either as E, function as F, type taskEither as TE } from 'fp-ts'
import { fault } from '../../../flow/index.ts'
import type { EngineFault } from '../../engine.ts'
import { sentence } from '../../text/file-kinds.ts'
import type { Qwen25VLConfig } from '../model/config.ts'
import { disposeParameters, type Parameters } from '../model/parameters.ts'
import { parameterShapes } from '../model/shapes.ts'
import { hubName, schemeOf, type WeightNames } from '../model/weight-names.ts'
import { kernelNames, storedAs } from '../sample/decode/kernel-weights.ts'
import { type Rooms, roomsFor } from '../sample/decode/residence.ts'
import { takesArraysOver } from '../tensors/uploaded.ts'
import { mismatch } from './faults.ts'
import { fitsMemory } from './fits-memory.ts'
import { foreignNames } from './foreign-weights.ts'
import { wordRoom } from './safetensors/dtype.ts'
import type { Readable } from './safetensors/file.ts'
import { visitSafetensors } from './safetensors/read.ts'
import type { PromisedTensor, StoredTensor } from './safetensors.ts'
import { bytesKept, type FloatType, type Packer, packerFor } from './storage.ts'
import type { Storage } from './storage-name.ts'
import { takeTensor } from './take-tensor.ts'

/** What files promise by hub names, and the scheme that they name it by. */
interface Named {
  readonly names: WeightNames
  readonly promised: ReadonlyMap<string, PromisedTensor>
}

/** A model's weights, the caller's to free, and the scheme that they were named by. */
export interface Weights {
  readonly names: WeightNames
  readonly parameters: Parameters
}

/** How weights are kept. */
export interface LoadOptions {
  /** Of all weights; `float32` when not given. */
  readonly storage?: Storage
}

const wrong = (cause: string): E.Either<EngineFault, never> => E.left(mismatch(cause))

/** Older checkpoints hold the rotary frequencies, which follow from the config. */
const isDerived = (name: string): boolean => name.endsWith('rotary_emb.inv_freq')

/** Every tensor under its hub name; no file mixes the schemes. */
const underHubNames = (tensors: ReadonlyMap<string, PromisedTensor>): E.Either<EngineFault, Named> => {
  const foreign = foreignNames(tensors.keys())
  if (foreign !== undefined)
    return E.left(
      fault('BadCheckpoint', `${foreign.name} is there: these are ${sentence(foreign)}`, 'Convert it first.'),
    )
  const firstUnder = (wanted: WeightNames) => [...tensors.keys()].find(name => schemeOf(name) === wanted)
  const [hub, modules] = [firstUnder('hub'), firstUnder('modules')]
  return hub !== undefined && modules !== undefined
    ? wrong(`the weights are named in two ways, ${hub} and ${modules}`)
    : E.right({
        names: modules === undefined ? 'hub' : 'modules',
        promised: new Map([...tensors].map(([name, tensor]) => [hubName(name), tensor])),
      })
}

const [headName, embeddingName] = ['lm_head.weight', 'model.embed_tokens.weight']

/** Compares a head that is written beside a tied embedding with it, when both have been seen. They must be the same. */
const tiedPair = () => {
  const seen = new Map<string, StoredTensor['data']>()
  return (name: string, { data }: StoredTensor): E.Either<string, void> => {
    seen.set(name, data)
    const [head, embedding] = [seen.get(headName), seen.get(embeddingName)]
    if (head === undefined || embedding === undefined) return E.right(undefined)
    if (head.length !== embedding.length)
      return E.left(
        `lm_head.weight has ${head.length} numbers, the embedding that config.json ties it to ${embedding.length}`,
      )
    const other = head.findIndex((x, i) => x !== embedding[i])
    seen.clear()
    return other < 0
      ? E.right(undefined)
      : E.left(
          `lm_head.weight[${other}] is ${head[other]}, the embedding that config.json ties it to has ${embedding[other]}`,
        )
  }
}

const isFloat = (dtype: string): dtype is FloatType => dtype === 'F32' || dtype === 'F16' || dtype === 'BF16'

/** What the files promise is the model: no weight missing, none of another shape or type, none that the model lacks, and room for them. */
const fitsModel =
  (config: Qwen25VLConfig, packer: Packer) =>
  ({ promised }: Named): E.Either<EngineFault, void> => {
    const shapes = parameterShapes(config)
    let bytes = 0
    for (const [name, shape] of shapes) {
      const tensor = promised.get(name)
      if (tensor === undefined)
        return wrong(`${name} is missing, the files hold ${promised.size} of ${shapes.size} weights`)
      if (tensor.shape.join() !== shape.join())
        return wrong(`${name} has shape [${tensor.shape}], the model needs [${shape}]`)
      if (!isFloat(tensor.dtype)) return wrong(`${name} has dtype ${tensor.dtype}, no floats`)
      bytes += bytesKept(shape, packer(name, tensor.dtype, shape))
    }
    const stranger = [...promised.keys()].find(
      name => !shapes.has(name) && !isDerived(name) && !(config.text.tied && name === headName),
    )
    return stranger === undefined
      ? fitsMemory(bytes)
      : wrong(`${stranger} is none of the ${shapes.size} weights of this model, the files hold ${promised.size}`)
  }

/** Memory of the decoding kernel for what it will read, where the backend computes with numbers that lie there. */
const kernelRooms = (config: Qwen25VLConfig, packer: Packer, { promised }: Named): Rooms | undefined => {
  const types = kernelNames(config).map(name => {
    const { dtype, shape } = promised.get(name)!
    return packer(name, dtype as FloatType, shape)?.type
  })
  const stored = storedAs(types)
  return stored !== 'F32' && takesArraysOver() ? roomsFor(config, stored) : undefined
}

/** What stands of a checkpoint while it is read. */
const collected = (config: Qwen25VLConfig, packer: Packer) => {
  const shapes = parameterShapes(config)
  const read = new Map<string, Parameters extends ReadonlyMap<string, infer T> ? T : never>()
  const compare = tiedPair()
  let named: Named | undefined
  let rooms: Rooms | undefined
  return {
    read,
    fits: (promised: ReadonlyMap<string, PromisedTensor>) =>
      F.pipe(
        underHubNames(promised),
        E.tap(found => {
          named = found
          const fitting = fitsModel(config, packer)(found)
          if (E.isRight(fitting)) rooms = kernelRooms(config, packer, found)
          return fitting
        }),
      ),
    visit: async (tensor: Readable): Promise<E.Either<string, unknown>> => {
      const name = hubName(tensor.entry.name)
      if (config.text.tied && named?.promised.has(headName) && [headName, embeddingName].includes(name)) {
        const compared = E.flatMap(await tensor.read(), whole => compare(name, whole))
        if (E.isLeft(compared)) return compared
      }
      if (!shapes.has(name)) return E.right(undefined)
      const { dtype, shape } = tensor.entry
      const roomFor = (words: number): Int32Array => rooms?.roomFor(name, words) ?? wordRoom(words)
      const taken = await takeTensor(tensor, packer(name, dtype as FloatType, shape), roomFor)
      if (E.isRight(taken)) read.set(name, taken.right)
      return taken
    },
    /** In the order of the model, which is that of gradients. */
    weights: (): Weights => {
      const parameters = new Map([...shapes.keys()].map(name => [name, read.get(name)!]))
      rooms?.settle(parameters)
      return { names: named?.names ?? 'hub', parameters }
    },
  }
}

/** The weights of a folder, each packed as the packer says. */
export const readPackedWeights =
  (path: string, config: Qwen25VLConfig, packer: Packer): TE.TaskEither<EngineFault, Weights> =>
  async () => {
    const { read, fits, visit, weights } = collected(config, packer)
    const visited = await visitSafetensors(path, fits, visit)()
    if (E.isRight(visited)) return E.right(weights())
    disposeParameters(read)
    return visited
  }

/**
 * Reads the weights of a Hugging Face checkpoint: a folder with `model.safetensors` or shards and their index, F32, F16 or BF16,
 * under either scheme of names, with or without the head where it is tied. On the selected backend, as float32 or as `storage` says.
 * Memory: the weights as they are kept; each goes from its file to the backend by itself, so that no second copy of the model ever
 * stands; a decoder all in bfloat16 or 8 bits is read where the decoding kernel reads it too, which then copies nothing. `Left('BadCheckpoint')` names file and tensor with both numbers: what `readSafetensors` refuses, weights that are larger than this
 * machine's memory as they are kept, tensors named or stored as other programs do, a weight that is missing, of another shape, not finite or
 * unknown to the model, a head that differs from the embedding it is tied to.
 */
export const readWeights = (
  path: string,
  config: Qwen25VLConfig,
  { storage = 'float32' }: LoadOptions = {},
): TE.TaskEither<EngineFault, Weights> => readPackedWeights(path, config, packerFor(storage))
