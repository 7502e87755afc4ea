import { existsSync } from 'node:fs'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { fault } from '../../../flow/index.ts'
import type { EngineFault } from '../../engine.ts'
import { checkpointFolder } from '../../text/checkpoint-folder.ts'
import { type Adapter, disposeAdapter } from '../lora/adapter.ts'
import type { Qwen25VLConfig } from '../model/config.ts'
import { disposeParameters, type Parameters } from '../model/parameters.ts'
import type { WeightNames } from '../model/weight-names.ts'
import { disposeOptimiserState, type OptimiserState } from '../train/optimiser.ts'
import { checkBelonging } from './belongs.ts'
import { digestOf } from './digest.ts'
import { exclusively } from './exclusive.ts'
import { cancelled, unreadable, unwritable } from './faults.ts'
import { type Manifest, manifestFile, manifestText, readManifest } from './manifest.ts'
import { readOptimiser, writeOptimiser } from './optimiser-file.ts'
import { readOwnAdapter } from './own-adapter.ts'
import { companions, type Kind, kindOf } from './parts.ts'
import { adapterConfigFile, madeAdapter, writeAdapter } from './peft-files.ts'
import { objectIn, type PolicyFiles } from './policy-files.ts'
import { readPackedWeights, type Weights } from './read-weights.ts'
import { indexFile, singleFile } from './safetensors.ts'
import { type Packer, packerFor } from './storage.ts'
import type { Trained } from './trained.ts'
import type { WeightFormat } from './weight-format.ts'
import { isUnsettled, settle, writeWhole } from './whole.ts'
import { writePolicyFiles } from './write-policy-files.ts'
import { writeWeights } from './write-weights.ts'

/** What a folder holds: weights, an adapter, or both, and what the optimiser remembers. */
export interface Checkpoint {
  readonly parameters?: Parameters
  /** The scheme that the weights were named by, where there are some. */
  readonly names?: WeightNames
  readonly adapter?: Adapter
  /** A state for each piece. */
  readonly optimiser?: readonly OptimiserState[]
  /** Updates after which it was saved, where the folder says so and the optimiser's state was read. */
  readonly step?: number
}

/** What is saved: a whole model or an adapter alone, as it was after so many updates. */
export type Captured = {
  readonly config: Qwen25VLConfig
  readonly format: WeightFormat
  readonly step: number
  /** What stands beside it, for others; nothing where it is not given. */
  readonly files?: PolicyFiles
  /** The model under an adapter. */
  readonly baseModel?: string | undefined
  /** The weights have an adapter merged into them. */
  readonly merged?: boolean
  /** Nothing is saved of it where weights are saved that no training goes on from. */
  readonly optimiser?: readonly OptimiserState[]
} & ({ readonly parameters: Parameters } | { readonly adapter: Adapter })

/** Frees what a checkpoint holds. */
export const disposeCheckpoint = ({
  parameters,
  adapter,
  optimiser,
}: Pick<Checkpoint, 'parameters' | 'adapter' | 'optimiser'>): void => {
  if (parameters !== undefined) disposeParameters(parameters)
  if (adapter !== undefined) disposeAdapter(adapter)
  optimiser?.forEach(disposeOptimiserState)
}

/** What a file without a kind is: config.json belongs to weights, where there are such. */
const textOr = (kind: Kind, name: string): Kind | 'text' =>
  companions.includes(name) && !(name === 'config.json' && kind === 'weights') ? 'text' : kind

/** Entries of files as they are in a folder now; with `sync` they are on the disk from then on. */
const entriesOf = async (
  directory: string,
  names: readonly string[],
  kind: Kind,
  step: number,
  sync = false,
): Promise<Manifest['files']> => {
  const entries: [string, Manifest['files'][string]][] = []
  for (const name of names)
    entries.push([
      name,
      { kind: kindOf(name) ?? textOr(kind, name), step, ...(await digestOf(join(directory, name), { sync })) },
    ])
  return Object.fromEntries(entries)
}

/**
 * Files of the other kind that stay in the folder: an adapter's beside the weights that are written, weights beside an adapter. With
 * the entries of the manifest before; where there was none they are read for their digests.
 */
const keptIn = async (directory: string, kind: Manifest['kind'], step: number): Promise<Manifest['files']> => {
  const other = kind === 'weights' ? 'adapter' : 'weights'
  const before = await readManifest(directory)()
  // A folder that is broken stays refused: nothing is said of its files.
  if (E.isLeft(before)) return {}
  if (before.right !== undefined)
    return Object.fromEntries(
      Object.entries(before.right.files).filter(
        ([name, file]) => file.kind === other && existsSync(join(directory, name)),
      ),
    )
  const names = existsSync(directory) ? await readdir(directory) : []
  return entriesOf(
    directory,
    names.filter(name => kindOf(name) === other),
    other,
    step,
  )
}

/**
 * Writes the weights as transformers reads them, in the given format, or the adapter as PEFT reads it, the files of text that it came with, `optimiser.safetensors`, and
 * a manifest with the digest of each file: all of them or, where the process is killed or the disk refuses, none. The folder is made when
 * it is not there; other files in it stay. Reads all that it wrote once more. Memory: one tensor beside those captured.
 */
export const writeCheckpoint = (
  directory: string,
  captured: Captured,
  signal?: AbortSignal,
): TE.TaskEither<EngineFault, void> => {
  const { config, format, step, optimiser, files = new Map(), baseModel } = captured
  if (captured.merged === true && existsSync(join(directory, adapterConfigFile)))
    return TE.left(
      fault(
        'BadCheckpoint',
        `${directory} holds an adapter, and weights with an adapter merged into them would have one twice beside it`,
        'Save merged weights into a folder of their own.',
      ),
    )
  const kind = 'adapter' in captured ? 'adapter' : 'weights'
  const unlessAborted = TE.flatMapEither(() => (signal?.aborted ? E.left(cancelled) : E.right(undefined)))
  const written = writeWhole(directory, beside =>
    F.pipe(
      'adapter' in captured
        ? writeAdapter(beside, captured.adapter, { baseModel })
        : writeWeights(beside, config, captured.parameters, format, objectIn(files, 'config.json')),
      TE.flatMap(() => writePolicyFiles(beside, files)),
      unlessAborted,
      TE.flatMap(() => (optimiser === undefined ? TE.right(undefined) : writeOptimiser(beside, optimiser))),
      unlessAborted,
      TE.flatMap(() =>
        TE.tryCatch(async () => {
          const written = await entriesOf(beside, await readdir(beside), kind, step, true)
          const all = { ...(await keptIn(directory, kind, step)), ...written }
          const path = join(beside, manifestFile)
          await writeFile(path, manifestText({ format: 'kinograd checkpoint 1', kind, step, files: all }))
          await digestOf(path, { sync: true })
        }, unwritable(directory)),
      ),
      unlessAborted,
    ),
  )
  return () => exclusively(directory, written)
}

/** Checks a folder against its manifest, reads it, and sees to it that nobody wrote it meanwhile. */
const undisturbed = <A>(
  directory: string,
  read: (manifest: Manifest | undefined) => TE.TaskEither<EngineFault, A>,
): TE.TaskEither<EngineFault, A> =>
  F.pipe(
    settle(directory),
    TE.flatMap(() => readManifest(directory)),
    TE.tap(manifest => (manifest === undefined ? TE.right(undefined) : checkBelonging(directory, manifest))),
    TE.bindTo('manifest'),
    TE.bind('value', ({ manifest }) => read(manifest)),
    TE.bind('after', () => readManifest(directory)),
    TE.bind('writing', () => TE.rightTask(() => isUnsettled(directory))),
    TE.flatMapEither(({ manifest, after, value, writing }) =>
      writing || JSON.stringify(manifest) !== JSON.stringify(after)
        ? E.left(unreadable(directory, 'it was written to while it was read'))
        : E.right(value),
    ),
  )

/**
 * Reads what `writeCheckpoint` wrote, a Hugging Face checkpoint of the same sizes, or a PEFT adapter of the shape of `adapter`;
 * weights may be missing where there is an adapter. With `trained`, the optimiser's state too, where there is one. `packer` says how
 * weights are kept; as float32, when not given. A folder with a manifest must hold just what that says (`checkBelonging`).
 */
export const readCheckpoint = (
  path: string,
  config: Qwen25VLConfig,
  {
    trained,
    adapter: own,
    packer = packerFor('float32'),
  }: { readonly trained?: Trained; readonly adapter?: Adapter; readonly packer?: Packer },
): TE.TaskEither<EngineFault, Checkpoint> => {
  const read = (directory: string) => {
    // Weights and states go to the backend while they are read: where what follows fails, they are freed.
    const made: { parameters?: Parameters; optimiser?: readonly OptimiserState[] } = {}
    return F.pipe(
      undisturbed(directory, manifest =>
        F.pipe(
          readOwnAdapter(directory, config, own),
          TE.bindTo('adapter'),
          TE.bind('weights', ({ adapter }) =>
            adapter !== undefined && ![singleFile, indexFile].some(name => existsSync(join(directory, name)))
              ? TE.right(undefined)
              : TE.map((weights: Weights) => {
                  made.parameters = weights.parameters
                  return weights
                })(readPackedWeights(directory, config, packer)),
          ),
          TE.bind('optimiser', () =>
            trained === undefined
              ? TE.right(undefined)
              : TE.map((states: readonly OptimiserState[] | undefined) => {
                  if (states !== undefined) made.optimiser = states
                  return states
                })(readOptimiser(directory, trained)),
          ),
          TE.let('step', ({ optimiser }) => (optimiser === undefined ? undefined : manifest?.step)),
        ),
      ),
      TE.map(({ weights, adapter, optimiser, step }) => ({
        ...(weights === undefined ? {} : weights),
        ...(adapter === undefined ? {} : { adapter: madeAdapter(adapter) }),
        ...(optimiser === undefined ? {} : { optimiser }),
        ...(step === undefined ? {} : { step }),
      })),
      TE.mapLeft(wrong => {
        disposeCheckpoint(made)
        return wrong
      }),
    )
  }
  return F.pipe(
    checkpointFolder(path),
    TE.flatMap(directory => () => exclusively(directory, read(directory))),
  )
}
