import { existsSync } from 'node:fs'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import type { EngineFault } from '../../engine.ts'
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
import { optimiserOf, readStoredOptimiser, type Trained, writeOptimiser } from './optimiser-file.ts'
import { readOwnAdapter } from './own-adapter.ts'
import { type Kind, kindOf } from './parts.ts'
import { madeAdapter, writeAdapter } from './peft-files.ts'
import { readPackedWeights, type Weights } from './read-weights.ts'
import { indexFile, singleFile } from './safetensors.ts'
import { type Packer, packerFor } from './storage.ts'
import type { WeightFormat } from './weight-format.ts'
import { isUnsettled, settle, writeWhole } from './whole.ts'
import { writeWeights } from './write-weights.ts'

/** What a folder holds: weights, an adapter, or both, and what the optimiser remembers. */
export interface Checkpoint {
  readonly parameters?: Parameters
  /** The scheme that the weights were named by, where there are some. */
  readonly names?: WeightNames
  readonly adapter?: Adapter
  readonly optimiser?: OptimiserState
  /** Updates after which it was saved, where the folder says so and the optimiser's state was read. */
  readonly step?: number
}

/** What is saved: a whole model or an adapter alone, as it was after so many updates. */
export type Captured = {
  readonly config: Qwen25VLConfig
  readonly format: WeightFormat
  readonly step: number
  readonly optimiser: OptimiserState
} & ({ readonly parameters: Parameters } | { readonly adapter: Adapter })

/** Frees what a checkpoint holds. */
export const disposeCheckpoint = ({
  parameters,
  adapter,
  optimiser,
}: Pick<Checkpoint, 'parameters' | 'adapter' | 'optimiser'>): void => {
  if (parameters !== undefined) disposeParameters(parameters)
  if (adapter !== undefined) disposeAdapter(adapter)
  if (optimiser !== undefined) disposeOptimiserState(optimiser)
}

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
    entries.push([name, { kind: kindOf(name) ?? kind, step, ...(await digestOf(join(directory, name), { sync })) }])
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
 * Writes the weights as transformers reads them, in the given format, or the adapter as PEFT reads it, `optimiser.safetensors`, and
 * a manifest with the digest of each file: all of them or, where the process is killed or the disk refuses, none. The folder is made when
 * it is not there; other files in it stay. Reads all that it wrote once more. Memory: one tensor beside those captured.
 */
export const writeCheckpoint = (
  directory: string,
  captured: Captured,
  signal?: AbortSignal,
): TE.TaskEither<EngineFault, void> => {
  const { config, format, step, optimiser } = captured
  const kind = 'adapter' in captured ? 'adapter' : 'weights'
  const unlessAborted = TE.flatMapEither(() => (signal?.aborted ? E.left(cancelled) : E.right(undefined)))
  const written = writeWhole(directory, beside =>
    F.pipe(
      'adapter' in captured
        ? writeAdapter(beside, captured.adapter)
        : writeWeights(beside, config, captured.parameters, format),
      unlessAborted,
      TE.flatMap(() => writeOptimiser(beside, optimiser)),
      unlessAborted,
      TE.flatMap(() =>
        TE.tryCatch(async () => {
          const written = await entriesOf(beside, await readdir(beside), kind, step, true)
          const files = { ...(await keptIn(directory, kind, step)), ...written }
          const path = join(beside, manifestFile)
          await writeFile(path, manifestText({ format: 'kinograd checkpoint 1', kind, step, files }))
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
  directory: string,
  config: Qwen25VLConfig,
  {
    trained,
    adapter: own,
    packer = packerFor('float32'),
  }: { readonly trained?: Trained; readonly adapter?: Adapter; readonly packer?: Packer },
): TE.TaskEither<EngineFault, Checkpoint> => {
  // Weights go to the backend while they are read: where what follows fails, they are freed.
  let parameters: Parameters | undefined
  const read = F.pipe(
    undisturbed(directory, manifest =>
      F.pipe(
        readOwnAdapter(directory, config, own),
        TE.bindTo('adapter'),
        TE.bind('weights', ({ adapter }) =>
          adapter !== undefined && ![singleFile, indexFile].some(name => existsSync(join(directory, name)))
            ? TE.right(undefined)
            : TE.map((weights: Weights) => {
                parameters = weights.parameters
                return weights
              })(readPackedWeights(directory, config, packer)),
        ),
        TE.bind('optimiser', () =>
          trained === undefined ? TE.right(undefined) : readStoredOptimiser(directory, trained),
        ),
        TE.let('step', ({ optimiser }) => (optimiser === undefined ? undefined : manifest?.step)),
      ),
    ),
    TE.map(({ weights, adapter, optimiser, step }) => ({
      ...(weights === undefined ? {} : weights),
      ...(adapter === undefined ? {} : { adapter: madeAdapter(adapter) }),
      ...(optimiser === undefined ? {} : { optimiser: optimiserOf(optimiser) }),
      ...(step === undefined ? {} : { step }),
    })),
    TE.mapLeft(wrong => {
      if (parameters !== undefined) disposeParameters(parameters)
      parameters = undefined
      return wrong
    }),
  )
  return () => exclusively(directory, read)
}
