import { resolve } from 'node:path'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { type Fault, fault } from '../../../flow/index.ts'
import type { Patches } from '../../../media/index.ts'
import type { EngineFault } from '../../engine.ts'
import { checkpointFolder, hubNameOf } from '../../text/checkpoint-folder.ts'
import { loadPreprocessor, type Preprocessor } from '../../text/preprocessor.ts'
import { type BackendChoice, selectBackend } from '../../tfjs/backend/select.ts'
import { tfjsEngine } from '../../tfjs/engine.ts'
import { objectIn, type PolicyFiles, readPolicyFiles } from '../../tfjs/files/policy-files.ts'
import { readConfig } from '../../tfjs/files/read-config.ts'
import { readWeights, type Weights } from '../../tfjs/files/read-weights.ts'
import { type Adapter, initAdapter } from '../../tfjs/lora/adapter.ts'
import type { Qwen25VLConfig } from '../../tfjs/model/config.ts'
import { layoutOf, type MropeLayout } from '../../tfjs/model/mrope-layout.ts'
import { disposeParameters } from '../../tfjs/model/parameters.ts'
import { sharing } from '../../tfjs/tensors/sharing.ts'
import { adjustable } from './adjustable.ts'
import { pictureReader } from './picture.ts'
import type { ModelShape, OpenModel, ServedPolicy } from './served.ts'

/** One set of weights, and all that a model over it needs. */
interface Parts {
  readonly name: string
  readonly config: Qwen25VLConfig
  readonly layout: MropeLayout
  readonly weights: Weights
  readonly files: PolicyFiles
  /** Not there: the policy takes patches that were cut elsewhere, and no files of pictures. */
  readonly preprocessor: Preprocessor | undefined
  readonly baseModel: string
}

/** A policy that is served, and what frees its weights. */
export interface Lent extends ServedPolicy {
  readonly dispose: () => void
}

/** A model over the shared weights: an adapter of its own, or a view of all weights that training replaces. */
const opened = (
  { config, layout, weights, files, baseModel }: Parts,
  { rank, alpha = 2 * rank, seed }: ModelShape,
): E.Either<EngineFault, OpenModel> => {
  const { optimiser, settle } = adjustable()
  const adapter: E.Either<EngineFault, Adapter | undefined> =
    rank === 0 ? E.right(undefined) : initAdapter(config, { rank, alpha, targets: 'all-linear' }, seed)
  return E.map((own: Adapter | undefined): OpenModel => {
    const parameters = new Map([...weights.parameters].map(([name, x]) => [name, sharing(x)]))
    const learned = own === undefined ? {} : { adapter: own }
    const saved = { files, baseModel, format: { names: weights.names } }
    return { settle, engine: tfjsEngine({ config, layout, parameters, optimiser, ...learned, ...saved }) }
  })(adapter)
}

const preprocessorFiles = ['preprocessor_config.json', 'processor_config.json'] as const

/** The preprocessor of a checkpoint that has one: what this library trained from scratch may have none. */
const preprocessorIn = (folder: string, files: PolicyFiles): TE.TaskEither<EngineFault, Preprocessor | undefined> =>
  preprocessorFiles.some(name => files.has(name)) ? loadPreprocessor(folder) : TE.right(undefined)

const noPictures = (): TE.TaskEither<Fault, Patches> =>
  TE.left(
    fault(
      'NoPreprocessor',
      'the checkpoint says nothing of how pictures are cut: it has no preprocessor_config.json',
      'Send patches, as a client of this project does, or serve a folder with that file.',
    ),
  )

/** Lends weights out: models share their numbers, and each holds only what it changes. */
const lent = (parts: Parts): Lent => {
  const { name, config, layout, weights, preprocessor } = parts
  return {
    name,
    model: { tokens: config.tokens, vision: config.vision, layout },
    parameters: [...weights.parameters.values()].reduce((sum, { size }) => sum + size, 0),
    maxTokens: config.text.maxPositions,
    picture: preprocessor === undefined ? noPictures : pictureReader(preprocessor),
    open: shape => TE.fromEither(opened(parts, shape)),
    dispose: () => disposeParameters(weights.parameters),
  }
}

/**
 * A checkpoint's folder as a policy that `serveTinker` lends out. Selects a backend for this process. Memory: the weights once, and for
 * each model its adapter, gradient and optimiser; a model without an adapter holds all weights once more from its first step on.
 * Left: as `loadPolicy`.
 */
export const servedCheckpoint = (
  given: string,
  { name, backend }: { readonly name?: string | undefined; readonly backend?: BackendChoice | undefined } = {},
): TE.TaskEither<EngineFault, Lent> =>
  F.pipe(
    TE.Do,
    TE.bind('folder', () => checkpointFolder(given)),
    TE.bind('config', ({ folder }) => readConfig(folder)),
    TE.bind('files', ({ folder }) => readPolicyFiles(folder)),
    TE.bind('preprocessor', ({ folder, files }) => preprocessorIn(folder, files)),
    TE.tap(() => selectBackend({ backend })),
    TE.bind('weights', ({ folder, config }) => readWeights(folder, config)),
    TE.map(({ folder, files, ...parts }) => {
      const baseModel = hubNameOf(folder) ?? resolve(folder)
      const layout = layoutOf(objectIn(files, 'config.json')?.transformers_version)
      return lent({ ...parts, files, layout, baseModel, name: name ?? baseModel })
    }),
  )
