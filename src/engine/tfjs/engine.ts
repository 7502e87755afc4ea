import * as tf from '@tensorflow/tfjs-core'
import { either as E, taskEither as TE } from 'fp-ts'
import { fault } from '../../flow/index.ts'
import type { Completion, Engine, EngineFault } from '../engine.ts'
import { readCheckpoint, writeCheckpoint } from './files/checkpoint.ts'
import type { WeightFormat } from './files/weight-format.ts'
import { type Adapter, adapted, adapterScale, disposeAdapter } from './lora/adapter.ts'
import { badAdapter } from './lora/targets.ts'
import { checkGroups, checkPrompts, checkTokens, completionTokens } from './model/check-prompts.ts'
import type { Qwen25VLConfig } from './model/config.ts'
import { disposeConstants, type Model, modelConstants } from './model/forward.ts'
import { disposeParameters, type Parameters } from './model/parameters.ts'
import type { MropeLayout } from './model/positions.ts'
import { checkLogprobs, checkSampled, checkSampling } from './sample/check-sampling.ts'
import { sampleCompletions } from './sample/sampler.ts'
import { registerGradients } from './tensors/gradient-rules.ts'
import { type FrozenPart, isFrozen } from './train/frozen.ts'
import { logprobsOf } from './train/gradient.ts'
import { gradientInParts } from './train/micro-batches.ts'
import { disposeOptimiserState, type Optimiser, type OptimiserState } from './train/optimiser.ts'
import { takeStep } from './train/step.ts'

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
  readonly layout?: MropeLayout
  /** How `save` writes weights. Without `names`: as those that were loaded last are named, before as on the hub. */
  readonly format?: WeightFormat
  /** Longest prompt plus completion, tokens; `max_position_embeddings` of the config when not given. */
  readonly maxTokens?: number
  /** Training computes activations again on the way back instead of keeping them: about a third more time, far less memory. */
  readonly checkpointing?: boolean
  /** Groups whose activations are alive at once in training; all of a batch, when not given. Fewer cost one more pass forward. */
  readonly groupsAtOnce?: number
  /** Reports of training say the policy's mean entropy: two passes over the logits more. */
  readonly entropy?: boolean
}

/** The engine on TensorFlow.js, on whatever backend is selected. One promise at a time touches the weights. */
export const tfjsEngine = ({
  config,
  parameters,
  optimiser,
  adapter: given,
  frozen = [],
  trains = () => true,
  layout = 'qwen',
  format = {},
  maxTokens = config.text.maxPositions,
  checkpointing = false,
  groupsAtOnce = Number.POSITIVE_INFINITY,
  entropy = false,
}: TfjsEngineOptions): Engine => {
  registerGradients()
  const constants = modelConstants(config)
  let weights = parameters
  let weightNames = format.names ?? 'hub'
  let adapter = given
  const scale = given === undefined ? undefined : tf.scalar(adapterScale(given))
  /** The tensors that training may move. */
  const learning = (): Parameters => adapter?.matrices ?? weights
  const names = [...learning().keys()].filter(name => trains(name) && !isFrozen(name, frozen))
  const shapes = names.map(name => (learning().get(name) as tf.Tensor).shape)
  const size = shapes.reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0)
  let state: OptimiserState = optimiser.init(size)
  let gradient: tf.Tensor1D | undefined
  const limits = { config, maxTokens }
  const base = (): Model => ({ config, parameters: weights, constants })
  const model = (): Model =>
    adapter === undefined || scale === undefined
      ? base()
      : { config, parameters: adapted(weights, adapter, scale), constants }

  const clearGradient = (): void => {
    gradient?.dispose()
    gradient = undefined
  }

  const optimStep = (learningRate: number): E.Either<EngineFault, { readonly gradientNorm: number }> => {
    if (gradient === undefined) return E.right({ gradientNorm: 0 })
    const trained = names.map(name => learning().get(name) as tf.Tensor)
    const stepped = takeStep(trained, gradient, state, optimiser, learningRate)
    clearGradient()
    if (E.isLeft(stepped)) return stepped
    const { parameters: parts, state: next, gradientNorm } = stepped.right
    tf.dispose(trained)
    disposeOptimiserState(state)
    state = next
    const moved = new Map([...learning(), ...names.map((name, i) => [name, parts[i] as tf.Tensor] as const)])
    if (adapter === undefined) weights = moved
    else adapter = { ...adapter, matrices: moved }
    return E.right({ gradientNorm })
  }

  /** Runs work unless it was cancelled before or is cancelled on the way; anything else that is thrown is a defect. */
  const guarded =
    <A>(
      check: E.Either<EngineFault, void>,
      work: () => A | Promise<A>,
      signal?: AbortSignal,
    ): TE.TaskEither<EngineFault, A> =>
    async () => {
      if (E.isLeft(check)) return check
      // Kernels run on this thread and promises alone never leave it: let timers, files and Ctrl-C have their turn.
      await new Promise(resolve => setImmediate(resolve))
      if (isAborted(signal)) return E.left(cancelled)
      try {
        return E.right(await work())
      } catch (error) {
        if (isAborted(signal)) return E.left(cancelled)
        throw error
      }
    }

  return {
    capabilities: {
      backend: tf.getBackend(),
      parameters: [...parameters.values(), ...(given?.matrices.values() ?? [])].reduce((sum, p) => sum + p.size, 0),
      maxTokens,
    },
    sample: (prompts, sampling, signal) =>
      TE.flatMapEither(checkSampled)(
        guarded(
          E.flatMap(() => checkPrompts(limits, prompts, sampling.maxTokens))(checkSampling(sampling, config)),
          () =>
            prompts.length * sampling.count * sampling.maxTokens === 0
              ? prompts.map(() => Array.from({ length: sampling.count }, () => nothing))
              : sampleCompletions(model(), prompts, sampling, layout, signal),
          signal,
        ),
      ),
    logprobs: (groups, signal, { adapter: which } = {}) =>
      TE.flatMapEither(checkLogprobs)(
        guarded(
          which === 'off' && adapter === undefined ? noAdapter : checkGroups(limits, groups),
          () =>
            completionTokens(groups) === 0
              ? groups.flatMap(({ completions }) => completions.map(() => new Float64Array()))
              : logprobsOf(which === 'off' ? base() : model(), groups, layout),
          signal,
        ),
      ),
    forwardBackward: (groups, objective, signal) => async () => {
      const run = await guarded(
        names.length === 0 ? nothingTrained : E.flatMap(() => checkTokens(groups))(checkGroups(limits, groups)),
        () => gradientInParts(model(), names, groups, objective, { layout, checkpointing, groupsAtOnce, entropy }),
        signal,
      )()
      if (E.isLeft(run)) return run
      const { flat, loss, metrics, norm } = run.right
      if (!Number.isFinite(norm)) {
        flat.dispose()
        return E.left(
          fault(
            'NotFinite',
            `the loss is ${loss} and the norm of its gradient ${norm}`,
            'This batch was not added to the gradient. Look at its rewards and log-probabilities.',
          ),
        )
      }
      const before = gradient
      gradient = before === undefined ? flat : tf.add(before, flat)
      if (before !== undefined) tf.dispose([before, flat])
      return E.right({ loss, metrics })
    },
    optimStep: learningRate => TE.fromIOEither(() => optimStep(learningRate)),
    save: directory =>
      writeCheckpoint(directory, {
        config,
        optimiser: state,
        format: { ...format, names: weightNames },
        ...(adapter === undefined ? { parameters: weights } : { adapter }),
      }),
    load:
      (directory, { weightsOnly = false } = {}) =>
      async () => {
        const read = await readCheckpoint(directory, config, {
          ...(weightsOnly ? {} : { trained: { size, slots: Object.keys(state.slots) } }),
          ...(adapter === undefined ? {} : { adapter }),
        })()
        if (E.isLeft(read)) return read
        if (read.right.parameters !== undefined) {
          disposeParameters(weights)
          weights = read.right.parameters
          weightNames = format.names ?? read.right.names ?? weightNames
        }
        if (adapter !== undefined && read.right.adapter !== undefined) {
          disposeAdapter(adapter)
          adapter = { ...adapter, matrices: read.right.adapter.matrices }
        }
        disposeOptimiserState(state)
        clearGradient()
        state = read.right.optimiser ?? optimiser.init(size)
        return E.right(undefined)
      },
    dispose: () => {
      disposeParameters(weights)
      if (adapter !== undefined) disposeAdapter(adapter)
      scale?.dispose()
      disposeOptimiserState(state)
      clearGradient()
      disposeConstants(constants)
    },
  }
}

/** A completion of 0 tokens. */
const nothing: Completion = {
  ids: new Int32Array(),
  logprobs: new Float32Array(),
  samplingLogprobs: new Float32Array(),
  stop: 'length',
}

const isAborted = (signal: AbortSignal | undefined): boolean => signal?.aborted === true

const cancelled: EngineFault = fault('Cancelled', 'the signal was aborted', 'Run it again; nothing was changed.')

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
