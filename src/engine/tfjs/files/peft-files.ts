import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { messageOf } from '../../../flow/index.ts'
import type { EngineFault } from '../../engine.ts'
import { checkpointFolder } from '../../text/checkpoint-folder.ts'
import { sentence } from '../../text/file-kinds.ts'
import { readJson } from '../../text/json-file.ts'
import type { Adapter } from '../lora/adapter.ts'
import { badAdapter } from '../lora/bad-adapter.ts'
import type { AdapterShape } from '../lora/shape.ts'
import { matrixShapes } from '../lora/targets.ts'
import type { Qwen25VLConfig } from '../model/config.ts'
import { hubName, nameIn } from '../model/weight-names.ts'
import { unwritable } from './faults.ts'
import { foreignMatrices } from './foreign-weights.ts'
import { adapterConfigJson, parseAdapterConfig } from './peft-config.ts'
import { type PromisedTensor, readSafetensors, type StoredTensor, writeSafetensors } from './safetensors.ts'
import { loaded, stored as storedTensor } from './stored.ts'

export const adapterConfigFile = 'adapter_config.json'
const matricesFile = 'adapter_model.safetensors'
const prefix = 'base_model.model.'

const wrong = (cause: string) => E.left(badAdapter(`${matricesFile}: ${cause}`))

const underHubNames = <T>(tensors: ReadonlyMap<string, T>): ReadonlyMap<string, T> =>
  new Map([...tensors].map(([name, tensor]) => [hubName(name.replace(prefix, '')), tensor]))

/** The file with the matrices, or the pickle that older PEFTs wrote, which is refused by what it is. */
const matricesIn = (directory: string): string => {
  const [file, pickled] = [matricesFile, 'adapter_model.bin'].map(name => join(directory, name)) as [string, string]
  return !existsSync(file) && existsSync(pickled) ? pickled : file
}

/** Whether the matrices are named as PEFT's files name them. */
const knownNames = (names: Iterable<string>): E.Either<EngineFault, void> => {
  const foreign = foreignMatrices(names)
  return foreign === undefined ? E.right(undefined) : wrong(`${foreign.name} is there: this is ${sentence(foreign)}`)
}

/** Every matrix that the targets need is promised: none missing, none besides, none of another shape. */
const fitsTargets = (
  found: ReadonlyMap<string, PromisedTensor>,
  shapes: ReadonlyMap<string, readonly number[]>,
): E.Either<EngineFault, void> => {
  for (const name of found.keys())
    if (!shapes.has(name)) return wrong(`${name} is there, the targets of ${adapterConfigFile} have no such matrix`)
  for (const [name, shape] of shapes) {
    const tensor = found.get(name)
    if (tensor === undefined) return wrong(`${name} is missing`)
    if (tensor.shape.join() !== shape.join())
      return wrong(`${name} has shape [${tensor.shape}], rank and model need [${shape}]`)
  }
  return E.right(undefined)
}

/** None of the matrices holds what is not finite. */
const checked = (
  matrices: ReadonlyMap<string, StoredTensor>,
): E.Either<EngineFault, ReadonlyMap<string, StoredTensor>> => {
  for (const [name, { data }] of matrices) {
    const bad = data.findIndex(x => !Number.isFinite(x))
    if (bad >= 0) return wrong(`${name}[${bad}] is ${data[bad]}`)
  }
  return E.right(matrices)
}

/** An adapter of which no tensor is made yet. */
export interface StoredAdapter extends AdapterShape {
  readonly stored: ReadonlyMap<string, StoredTensor>
}

/** What `readAdapter` reads, checked, before tensors are made of it. */
export const readStoredAdapter = (path: string, config: Qwen25VLConfig): TE.TaskEither<EngineFault, StoredAdapter> =>
  TE.flatMap(storedAdapterIn(config))(checkpointFolder(path))

const storedAdapterIn =
  (config: Qwen25VLConfig) =>
  (directory: string): TE.TaskEither<EngineFault, StoredAdapter> =>
    F.pipe(
      TE.tryCatch(
        () => readJson(join(directory, adapterConfigFile)),
        error => badAdapter(`${directory}: ${messageOf(error)}`),
      ),
      TE.flatMapEither(parseAdapterConfig),
      TE.bindTo('shape'),
      TE.bind('shapes', ({ shape }) => TE.fromEither(matrixShapes(config, shape))),
      TE.bind('file', ({ shapes }) =>
        readSafetensors(matricesIn(directory), {
          fits: promised => E.flatMap(knownNames(promised.keys()), () => fitsTargets(underHubNames(promised), shapes)),
        }),
      ),
      TE.flatMapEither(({ shape, file }) =>
        E.map((stored: ReadonlyMap<string, StoredTensor>) => ({ ...shape, stored }))(
          checked(underHubNames(file.tensors)),
        ),
      ),
    )

export const madeAdapter = ({ stored, ...shape }: StoredAdapter): Adapter => ({
  ...shape,
  matrices: new Map([...stored].map(([name, tensor]) => [name, loaded(tensor)])),
})

/**
 * Reads an adapter's folder as PEFT writes it (`adapter_config.json`, `adapter_model.safetensors`), with the names of transformers
 * since 4.52 or before. `Left('BadAdapter')` names the option that this engine does not compute, the matrix that is missing, not
 * asked for or of another shape (with both), the target that the model has not; `Left('BadCheckpoint')` a file that cannot be read.
 */
export const readAdapter = (directory: string, config: Qwen25VLConfig): TE.TaskEither<EngineFault, Adapter> =>
  TE.map(madeAdapter)(readStoredAdapter(directory, config))

/**
 * Writes an adapter as PEFT reads it, with the names of transformers since 4.52; the folder is made when it is not there. `baseModel` is
 * the folder or the hub's name of the model under it, by which others find that.
 */
export const writeAdapter = (
  directory: string,
  { matrices, ...shape }: Adapter,
  { baseModel }: { readonly baseModel?: string | undefined } = {},
): TE.TaskEither<EngineFault, void> => {
  const stored = new Map(
    [...matrices].map(([name, tensor]) => [prefix + nameIn('modules', name), storedTensor(tensor)]),
  )
  return F.pipe(
    TE.tryCatch(async () => {
      await mkdir(directory, { recursive: true })
      await writeFile(
        join(directory, adapterConfigFile),
        `${JSON.stringify(adapterConfigJson(shape, baseModel), null, 2)}\n`,
      )
    }, unwritable(directory)),
    TE.flatMap(() => writeSafetensors(join(directory, matricesFile), stored, { format: 'pt' })),
  )
}
