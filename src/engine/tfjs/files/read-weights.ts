import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { fault } from '../../../flow/index.ts'
import type { EngineFault } from '../../engine.ts'
import { sentence } from '../../text/file-kinds.ts'
import type { Qwen25VLConfig } from '../model/config.ts'
import type { Parameters } from '../model/parameters.ts'
import { parameterShapes } from '../model/shapes.ts'
import { hubName, schemeOf, type WeightNames } from '../model/weight-names.ts'
import { mismatch } from './faults.ts'
import { fitsMemory } from './fits-memory.ts'
import { foreignNames } from './foreign-weights.ts'
import { type PromisedTensor, readSafetensors, type StoredTensor } from './safetensors.ts'
import { loaded } from './stored.ts'

/** Tensors by their hub names, and the scheme that the files name them by. */
interface Named<T> {
  readonly names: WeightNames
  readonly stored: ReadonlyMap<string, T>
}

/** Weights as files hold them. */
export type StoredWeights = Named<StoredTensor>

/** A model's weights, the caller's to free, and the scheme that they were named by. */
export interface Weights {
  readonly names: WeightNames
  readonly parameters: Parameters
}

const wrong = (cause: string): E.Either<EngineFault, never> => E.left(mismatch(cause))

/** Older checkpoints hold the rotary frequencies, which follow from the config. */
const isDerived = (name: string): boolean => name.endsWith('rotary_emb.inv_freq')

/** Every tensor under its hub name; no file mixes the schemes. */
const underHubNames = <T>(tensors: ReadonlyMap<string, T>): E.Either<EngineFault, Named<T>> => {
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
        stored: new Map([...tensors].map(([name, tensor]) => [hubName(name), tensor])),
      })
}

/** A head written beside a tied embedding must be that embedding. */
const checkTied = (stored: StoredWeights['stored'], { text }: Qwen25VLConfig): E.Either<EngineFault, void> => {
  const [head, embedding] = [stored.get('lm_head.weight')?.data, stored.get('model.embed_tokens.weight')?.data]
  if (!text.tied || head === undefined || embedding === undefined) return E.right(undefined)
  if (head.length !== embedding.length)
    return wrong(
      `lm_head.weight has ${head.length} numbers, the embedding that config.json ties it to ${embedding.length}`,
    )
  const other = head.findIndex((x, i) => x !== embedding[i])
  return other < 0
    ? E.right(undefined)
    : wrong(
        `lm_head.weight[${other}] is ${head[other]}, the embedding that config.json ties it to has ${embedding[other]}`,
      )
}

/** What the files promise is the model: no weight missing, none of another shape or type, and none that the model lacks. */
const fitsModel =
  (config: Qwen25VLConfig) =>
  ({ stored }: Named<PromisedTensor>): E.Either<EngineFault, void> => {
    const shapes = parameterShapes(config)
    const room = fitsMemory([...shapes.values()])
    if (E.isLeft(room)) return room
    for (const [name, shape] of shapes) {
      const tensor = stored.get(name)
      if (tensor === undefined)
        return wrong(`${name} is missing, the files hold ${stored.size} of ${shapes.size} weights`)
      if (tensor.shape.join() !== shape.join())
        return wrong(`${name} has shape [${tensor.shape}], the model needs [${shape}]`)
      if (!floats.includes(tensor.dtype)) return wrong(`${name} has dtype ${tensor.dtype}, no floats`)
    }
    const stranger = [...stored.keys()].find(
      name => !shapes.has(name) && !isDerived(name) && !(config.text.tied && name === 'lm_head.weight'),
    )
    return stranger === undefined
      ? E.right(undefined)
      : wrong(`${stranger} is none of the ${shapes.size} weights of this model, the files hold ${stored.size}`)
  }

const floats = ['F32', 'F16', 'BF16']

/** The weights of a model among those read: all of them finite. */
const checked =
  (config: Qwen25VLConfig) =>
  ({ names, stored }: StoredWeights): E.Either<EngineFault, StoredWeights> => {
    const weights = new Map<string, StoredTensor>()
    for (const name of parameterShapes(config).keys()) {
      const tensor = stored.get(name)!
      const bad = tensor.data.findIndex(x => !Number.isFinite(x))
      if (bad >= 0) return wrong(`${name}[${bad}] is ${tensor.data[bad]}, no finite number`)
      weights.set(name, tensor)
    }
    return E.map(() => ({ names, stored: weights }))(checkTied(stored, config))
  }

/** The checked weights of a folder, still outside tensors. What does not fit the model is refused before it is read. */
export const readStoredWeights = (path: string, config: Qwen25VLConfig): TE.TaskEither<EngineFault, StoredWeights> =>
  F.pipe(
    readSafetensors(path, { fits: promised => E.flatMap(fitsModel(config))(underHubNames(promised)) }),
    TE.flatMapEither(({ tensors }) => underHubNames(tensors)),
    TE.flatMapEither(checked(config)),
  )

/** Tensors of weights as files hold them. */
export const parametersOf = ({ stored }: StoredWeights): Parameters =>
  new Map([...stored].map(([name, tensor]) => [name, loaded(tensor)]))

/**
 * Reads the weights of a Hugging Face checkpoint: a folder with `model.safetensors` or shards and their index, F32, F16 or BF16,
 * under either scheme of names, with or without the head where it is tied. On the selected backend; memory: all weights as float32,
 * twice while they move into tensors. `Left('BadCheckpoint')` names file and tensor with both numbers: what `readSafetensors` refuses,
 * weights larger than this machine's memory, tensors named or stored as other programs do, a weight that is missing, of another shape, not finite or unknown to the model, a head that differs from the embedding it is tied to.
 */
export const readWeights = (path: string, config: Qwen25VLConfig): TE.TaskEither<EngineFault, Weights> =>
  TE.map((weights: StoredWeights): Weights => ({ names: weights.names, parameters: parametersOf(weights) }))(
    readStoredWeights(path, config),
  )
