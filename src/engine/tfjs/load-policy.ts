import { resolve } from 'node:path'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import type { Engine, EngineFault } from '../engine.ts'
import { checkpointFolder, hubNameOf } from '../text/checkpoint-folder.ts'
import { loadTokenizer } from '../text/load-tokenizer.ts'
import { loadPreprocessor, type Preprocessor } from '../text/preprocessor.ts'
import type { Tokenizer } from '../text/tokenizer.ts'
import { type BackendChoice, selectBackend } from './backend/select.ts'
import { type TfjsEngineOptions, tfjsEngine } from './engine.ts'
import { objectIn, readPolicyFiles } from './files/policy-files.ts'
import { readConfig } from './files/read-config.ts'
import { readPackedWeights, type Weights } from './files/read-weights.ts'
import { type Packer, packerFor } from './files/storage.ts'
import type { Storage } from './files/storage-name.ts'
import type { WeightFormat } from './files/weight-format.ts'
import { initAdapter } from './lora/adapter.ts'
import type { AdapterShape } from './lora/shape.ts'
import { checkTokenizer } from './model/check-tokenizer.ts'
import type { Qwen25VLConfig } from './model/config.ts'
import { layoutOf, type MropeLayout } from './model/mrope-layout.ts'
import { disposeParameters } from './model/parameters.ts'
import type { AdamW } from './train/adamw-settings.ts'
import { type FrozenPart, isFrozen } from './train/frozen.ts'
import { adamw, chain, clipByGlobalNorm } from './train/optimiser.ts'

/** How a checkpoint becomes a policy that learns; everything may be left out. */
export interface PolicyOptions {
  /** The backend to select; the best that starts, when not given (`selectBackend`). */
  readonly backend?: BackendChoice
  /**
   * Settings of AdamW, and the norm at which the gradient is clipped. What is not given is as in VideoP2R's code (arXiv 2511.11113):
   * decay 0.01, clipped at 5.
   */
  readonly optimiser?: Partial<AdamW> & { readonly clip?: number }
  /** Trains a fresh low-rank adapter alone, which also makes the KL to the weights as they were cheap. `seed` is 0 when not given. */
  readonly adapter?: AdapterShape & { readonly seed?: number }
  /** Parts that are not trained. */
  readonly frozen?: readonly FrozenPart[]
  /** Training computes activations again on the way back: about a third more time, far less memory. */
  readonly checkpointing?: boolean
  /** Groups whose activations are alive at once in training; all of a batch, when not given. */
  readonly groupsAtOnce?: number
  /**
   * How weights are kept of which nothing is trained: as the files have them, when not given. Under an adapter those of a BF16 checkpoint
   * take two bytes each, in 8 bits one.
   */
  readonly storage?: Storage
  /** Completions of a group whose activations are alive at once in training; all, when not given. */
  readonly completionsAtOnce?: number
  /** Whose positions prompts get; of the transformers that wrote the checkpoint when not given (`layoutOf`). */
  readonly layout?: MropeLayout
  /** How `save` writes weights; named as they were read, in F32, when not given. */
  readonly format?: WeightFormat
  /** Longest prompt plus completion, tokens; `max_position_embeddings` of config.json when not given. */
  readonly maxTokens?: number
}

/** A policy from a checkpoint: an engine with all that belongs to it. */
export interface LoadedPolicy {
  readonly engine: Engine
  readonly tokenizer: Tokenizer
  /** How it was made to see: `qwenPrompt({ tokenizer, question, ...preprocessor })`. */
  readonly preprocessor: Preprocessor
  readonly config: Qwen25VLConfig
  /** Whose positions prompts get. */
  readonly layout: MropeLayout
}

const optimiserOf = ({ clip = 5, ...settings }: NonNullable<PolicyOptions['optimiser']>) =>
  chain(clipByGlobalNorm(clip), adamw({ beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01, ...settings }))

/** How weights are packed: what is trained is float32 from the beginning. */
const policyPacker = ({ storage = 'auto', adapter, frozen = [] }: PolicyOptions): Packer =>
  packerFor(storage, name => adapter === undefined && !isFrozen(name, frozen))

/** What is known of a checkpoint beside its weights. */
type Origin = Required<Pick<TfjsEngineOptions, 'config' | 'files' | 'baseModel' | 'layout'>>

/** An engine over the weights; they are given back where the adapter does not fit. */
const engineOver = (
  { config, files, baseModel, layout }: Origin,
  { names, parameters }: Weights,
  { backend: _, storage: __, optimiser = {}, adapter: shape, format = {}, ...options }: PolicyOptions,
): E.Either<EngineFault, Engine> => {
  const adapter = shape === undefined ? undefined : initAdapter(config, shape, shape.seed ?? 0)
  if (adapter !== undefined && E.isLeft(adapter)) {
    disposeParameters(parameters)
    return adapter
  }
  const learned = adapter === undefined ? {} : { adapter: adapter.right }
  const saved = { files, baseModel, layout, format: { names, ...format } }
  return E.right(
    tfjsEngine({ config, parameters, optimiser: optimiserOf(optimiser), ...learned, ...saved, ...options }),
  )
}

/**
 * Makes a policy of a Qwen2.5-VL checkpoint as Hugging Face has it: a folder with config.json, safetensors, the tokenizer's files and
 * preprocessor_config.json. Selects a backend for this process, and trains all weights, or an adapter alone. What it puts together are
 * `selectBackend`, `readConfig`, `readWeights`, `loadTokenizer`, `loadPreprocessor` and `tfjsEngine`: use those for another optimiser
 * or for files that lie apart. What `save` writes is whole: others load it as it is. The root entry `kinograd` has it too and loads TensorFlow.js only when it is called.
 *
 * Memory: `readWeights`; `predictMemory` says what an update takes. `Left`: `BadCheckpoint` names file and field, `BadTokenizer` tokens
 * that the model does not know, `BadAdapter` targets that it has not, `NoBackend`.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { mkdtemp, rm } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { either as E } from 'fp-ts'
 * import { loadPolicy, tinyPolicy } from 'kinograd/engine/tfjs'
 *
 * // A tiny random checkpoint stands in for one from a hub.
 * const folder = await mkdtemp(join(tmpdir(), 'checkpoint-'))
 * await tinyPolicy().write(folder)()
 *
 * const policy = await loadPolicy(folder, { adapter: { rank: 4, alpha: 8, targets: ['q_proj', 'v_proj'] } })()
 * assert(E.isRight(policy))
 * const { engine, tokenizer, preprocessor } = policy.right
 * assert(engine.capabilities.parameters > 0 && tokenizer.eos > 0 && preprocessor.vision.patchSize === 14)
 * engine.dispose()
 * await rm(folder, { recursive: true })
 * ```
 */
export const loadPolicy = (given: string, options: PolicyOptions = {}): TE.TaskEither<EngineFault, LoadedPolicy> =>
  F.pipe(
    TE.Do,
    TE.bind('folder', () => checkpointFolder(given)),
    TE.bind('config', ({ folder }) => readConfig(folder)),
    TE.bind('tokenizer', ({ folder }) => loadTokenizer(folder)),
    TE.bind('preprocessor', ({ folder }) => loadPreprocessor(folder)),
    TE.tap(({ tokenizer, config }) => TE.fromEither(checkTokenizer(tokenizer, config))),
    TE.bind('files', ({ folder }) => readPolicyFiles(folder)),
    TE.let('layout', ({ files }) => options.layout ?? layoutOf(objectIn(files, 'config.json')?.transformers_version)),
    TE.tap(() => selectBackend({ backend: options.backend })),
    TE.bind('engine', ({ folder, config, files, layout }) => {
      const baseModel = hubNameOf(folder) ?? resolve(folder)
      return F.pipe(
        readPackedWeights(folder, config, policyPacker(options)),
        TE.flatMapEither(weights => engineOver({ config, files, baseModel, layout }, weights, options)),
      )
    }),
    TE.map(({ engine, tokenizer, preprocessor, config, layout }) => ({
      ...{ engine, tokenizer, preprocessor, config, layout },
    })),
  )
