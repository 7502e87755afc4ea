import * as tf from '@tensorflow/tfjs-core'
import { either as E, type taskEither as TE } from 'fp-ts'
import type { Objective } from '../../advantage/index.ts'
import { fault } from '../../flow/index.ts'
import type { Completion, Engine, EngineFault, SaveOptions, StepReport, TrainGroup } from '../engine.ts'
import { type Captured, disposeCheckpoint, readCheckpoint, writeCheckpoint } from './files/checkpoint.ts'
import { thrown } from './files/faults.ts'
import type { PolicyFiles } from './files/policy-files.ts'
import type { WeightFormat } from './files/weight-format.ts'
import { type Learner, learnerOf } from './learner.ts'
import type { Adapter } from './lora/adapter.ts'
import { badAdapter } from './lora/bad-adapter.ts'
import { checkGroups, checkPrompts, checkTokens, completionTokens } from './model/check-prompts.ts'
import type { Qwen25VLConfig } from './model/config.ts'
import type { MropeLayout } from './model/mrope-layout.ts'
import type { Parameters } from './model/parameters.ts'
import { checkLogprobs, checkSampled, checkSampling } from './sample/check-sampling.ts'
import { sampleCompletions } from './sample/sampler.ts'
import { registerGradients } from './tensors/gradient-rules.ts'
import type { FrozenPart } from './train/frozen.ts'
import { type GradientOptions, logprobsOf } from './train/gradient.ts'
import { gradientInParts, type PartSizes } from './train/micro-batches.ts'
import type { Optimiser } from './train/optimiser.ts'
import { type Turns, turns } from './turns.ts'

/** A model, its weights, and what trains it. */
export interface TfjsEngineOptions {
  readonly config: Qwen25VLConfig
  /** Owned by the engine from here on. */
  readonly parameters: Parameters
  readonly optimiser: Optimiser
  /** A low-rank adapter, owned by the engine too: it alone is trained, and the weights stay as they are. */
  readonly adapter?: Adapter
  /** Parts that are not trained: no gradient is computed of them, and the optimiser keeps nothing. */
  readonly frozen?: readonly FrozenPart[]
  /** Which of the other parameters are trained; all, when not given. */
  readonly trains?: (name: string) => boolean
  /** Whose positions prompts get; `qwen` when not given (`loadPolicy` goes by the checkpoint). */
  readonly layout?: MropeLayout
  /** How `save` writes weights. Without `names`: as those that were loaded last are named, before as on the hub. */
  readonly format?: WeightFormat
  /**
   * What `save` writes beside weights or adapter, so that others load the folder (`readPolicyFiles`, `policyFiles`). Without it a saved
   * folder has config.json and weights, or the adapter alone.
   */
  readonly files?: PolicyFiles
  /** Folder or hub name of the model under an adapter, for `base_model_name_or_path` of what is saved. */
  readonly baseModel?: string
  /** Longest prompt plus completion, tokens; `max_position_embeddings` of the config when not given. */
  readonly maxTokens?: number
  /** Training computes activations again on the way back instead of keeping them: about a third more time, far less memory. */
  readonly checkpointing?: boolean
  /** Groups whose activations are alive at once in training; all of a batch, when not given. Fewer cost one more pass forward. */
  readonly groupsAtOnce?: number
  /**
   * Completions of a group whose activations are alive at once in training; all, when not given. Fewer cost one more pass forward, and the
   * prompt once a part: what makes a group of long completions fit.
   */
  readonly completionsAtOnce?: number
  /** Reports of training say the policy's mean entropy: two passes over the logits more. */
  readonly entropy?: boolean
  /**
   * What an adapter with dropout does not see follows from this, the updates so far and the passes since the last: a resumed run sees what
   * an unbroken one does. 0 when not given.
   */
  readonly dropoutSeed?: number
}

/**
 * The engine on TensorFlow.js, on whatever backend is selected. A verb is queued when its task is run; `save` leaves the queue as soon as
 * it has captured what it writes, and writes beside the verbs that follow. At most one save is being written: the next, and `load`, wait
 * for it, and with them the verbs behind. Memory: a captured tensor shares its numbers with the model; where an update replaces them
 * before they are written, the old ones live that long: at most 4 bytes a saved number and 4 a number of the optimiser's state.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { mkdtemp, rm } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { either as E } from 'fp-ts'
 * import { sftLoss } from 'kinograd/advantage'
 * import { adamw, initialise, selectBackend, tfjsEngine } from 'kinograd/engine/tfjs'
 *
 * await selectBackend({ backend: 'wasm' })()
 * // A model of a few thousand random weights; for a real one: `readConfig` and `readWeights`.
 * const config = {
 *   text: { hiddenSize: 32, intermediateSize: 48, layers: 2, heads: 4, kvHeads: 2, headDim: 8, vocabSize: 64, rmsEps: 1e-6, ropeTheta: 1e6, mropeSection: [1, 1, 2], maxPositions: 512, tied: true },
 *   vision: { depth: 2, hiddenSize: 16, intermediateSize: 24, heads: 2, inChannels: 3, patchSize: 14, temporalPatchSize: 2, mergeSize: 2, windowSize: 56, fullAttentionBlocks: [1], outHiddenSize: 32, tokensPerSecond: 2 },
 *   tokens: { image: 62, video: 63, visionStart: 60, visionEnd: 61 },
 * } as const
 * const optimiser = adamw({ beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 })
 * const engine = tfjsEngine({ config, parameters: initialise(config, 1), optimiser })
 * const groups = [{ prompt: { ids: Int32Array.of(5, 9, 3), media: [] }, completions: [Int32Array.of(7, 7)] }]
 * const folder = await mkdtemp(join(tmpdir(), 'policy-'))
 *
 * // Asked for all at once, and done one after the other: the save is the policy between the two updates.
 * const update = () => [engine.forwardBackward(groups, sftLoss())(), engine.optimStep(0.01)()]
 * update()
 * const scored = engine.logprobs(groups)()
 * const saved = engine.save(folder)()
 * update()
 * const between = await scored
 * assert(E.isRight(await saved) && E.isRight(between))
 * await engine.load(folder)()
 * assert.deepEqual(await engine.logprobs(groups)(), between)
 * engine.dispose()
 * await rm(folder, { recursive: true })
 * ```
 */
export const tfjsEngine = ({
  config,
  parameters,
  optimiser,
  adapter,
  frozen = [],
  trains = () => true,
  layout = 'qwen',
  format = {},
  files,
  baseModel,
  maxTokens = config.text.maxPositions,
  checkpointing = false,
  groupsAtOnce = Number.POSITIVE_INFINITY,
  completionsAtOnce = Number.POSITIVE_INFINITY,
  entropy = false,
  dropoutSeed = 0,
}: TfjsEngineOptions): Engine => {
  registerGradients()
  const learner = learnerOf({ config, parameters, optimiser, adapter, frozen, trains, format, dropoutSeed })
  const queue = turns()
  const limits = { config, maxTokens }
  const training = { layout, checkpointing, groupsAtOnce, completionsAtOnce, entropy }
  return {
    capabilities: { backend: tf.getBackend(), parameters: learner.parameters, maxTokens },
    sample: (prompts, sampling, signal) =>
      checked(
        () => E.flatMap(() => checkPrompts(limits, prompts, sampling.maxTokens))(checkSampling(sampling, config)),
        () =>
          queue.take(
            async aborted =>
              prompts.length * sampling.count * sampling.maxTokens === 0
                ? E.right(prompts.map(() => Array.from({ length: sampling.count }, () => nothing)))
                : checkSampled(await sampleCompletions(learner.model(), prompts, sampling, layout, aborted)),
            { signal },
          ),
      ),
    logprobs: (groups, signal, { adapter: which } = {}) =>
      checked(
        () => (which === 'off' && !learner.adapts ? noAdapter : checkGroups(limits, groups)),
        () =>
          queue.take(
            () =>
              completionTokens(groups) === 0
                ? E.right(groups.flatMap(({ completions }) => completions.map(() => new Float64Array())))
                : checkLogprobs(logprobsOf(which === 'off' ? learner.base() : learner.model(), groups, layout)),
            { signal },
          ),
      ),
    forwardBackward: (groups, objective, signal) =>
      checked(
        () =>
          learner.names.length === 0
            ? nothingTrained
            : E.flatMap(() => checkTokens(groups))(checkGroups(limits, groups)),
        () => queue.take(() => accumulated(learner, groups, objective, training), { signal }),
      ),
    optimStep: (learningRate, signal) => () => queue.take(() => learner.step(learningRate), { signal }),
    ...filing(learner, queue, config, { ...(files === undefined ? {} : { files }), baseModel }),
    dispose: () => queue.close(disposed, learner.dispose),
  }
}

/** Runs a verb whose arguments pass. What they make a check throw, where they are not of their types, is a `Left` as well. */
const checked =
  <A>(
    check: () => E.Either<EngineFault, void>,
    verb: () => Promise<E.Either<EngineFault, A>>,
  ): TE.TaskEither<EngineFault, A> =>
  async () => {
    const passed = E.flatMap((result: E.Either<EngineFault, void>) => result)(E.tryCatch(check, thrown))
    return E.isLeft(passed) ? passed : verb()
  }

/** A pass forward and backward; its gradient is added where loss and gradient are finite. */
const accumulated = (
  learner: Learner,
  groups: readonly TrainGroup[],
  objective: Objective,
  options: GradientOptions & PartSizes,
): E.Either<EngineFault, StepReport> => {
  const { names, pieces: cut } = learner
  const { pieces, loss, metrics, norm } = gradientInParts(learner.training(), names, groups, objective, {
    ...options,
    pieces: cut,
  })
  if (Number.isFinite(norm)) {
    learner.accumulate(pieces, norm)
    return E.right({ loss, metrics })
  }
  tf.dispose([...pieces])
  return E.left(
    fault(
      'NotFinite',
      `the loss is ${loss} and the norm of its gradient ${norm}`,
      'This batch was not added to the gradient. Look at its rewards and log-probabilities.',
    ),
  )
}

/** The two verbs that touch the disk. */
const filing = (
  learner: Learner,
  queue: Turns,
  config: Qwen25VLConfig,
  beside: Pick<Captured, 'files' | 'baseModel'>,
): Pick<Engine, 'save' | 'load'> => {
  /** The save that is being written. Never rejects. */
  let writing: Promise<unknown> | undefined
  const write = async (directory: string, captured: Captured, signal?: AbortSignal) => {
    try {
      return await writeCheckpoint(directory, captured, signal)()
    } catch (error) {
      return E.left(thrown(error))
    } finally {
      disposeCheckpoint(captured)
      writing = undefined
    }
  }
  return {
    save: (directory, options) => async () => {
      const { merged, signal }: SaveOptions = options instanceof AbortSignal ? { signal: options } : (options ?? {})
      const begun = await queue.take(
        () => {
          const written = write(directory, { ...learner.capture({ merged }), ...beside }, signal)
          writing = written
          return E.right({ written })
        },
        { signal, after: () => writing },
      )
      return E.isLeft(begun) ? begun : begun.right.written
    },
    load:
      (directory, { weightsOnly = false, signal } = {}) =>
      () =>
        queue.take(
          async aborted => {
            const { trained, ...own } = learner.fits()
            const read = await readCheckpoint(directory, config, weightsOnly ? own : { trained, ...own })()
            if (E.isLeft(read)) return read
            if (aborted.aborted) disposeCheckpoint(read.right)
            aborted.throwIfAborted()
            return E.right(learner.adopt(read.right))
          },
          { signal, after: () => writing },
        ),
  }
}

/** A completion of 0 tokens. */
const nothing: Completion = {
  ids: new Int32Array(),
  logprobs: new Float32Array(),
  samplingLogprobs: new Float32Array(),
  stop: 'length',
}

const noAdapter = E.left(
  badAdapter(
    'the engine has no adapter to switch off',
    'Give another engine as the reference, train with an adapter, or set the beta of the KL to 0.',
  ),
)

const nothingTrained = E.left(
  fault(
    'NothingTrained',
    '0 parameters are trained',
    'Freeze fewer parts, let `trains` name some, or adapt other modules.',
  ),
)

const disposed: EngineFault = fault(
  'Disposed',
  'the engine was disposed of',
  'Make another engine, or dispose of it later.',
)
