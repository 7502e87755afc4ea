import * as tf from '@tensorflow/tfjs-core'
import { either as E } from 'fp-ts'
import type { EngineFault } from '../engine.ts'
import type { Captured, Checkpoint } from './files/checkpoint.ts'
import type { Trained } from './files/optimiser-file.ts'
import type { WeightFormat } from './files/weight-format.ts'
import { type Adapter, adapted, adapterScale, disposeAdapter } from './lora/adapter.ts'
import type { Qwen25VLConfig } from './model/config.ts'
import { disposeConstants, type Model, modelConstants } from './model/forward.ts'
import { disposeParameters, type Parameters } from './model/parameters.ts'
import { type FrozenPart, isFrozen } from './train/frozen.ts'
import { disposeOptimiserState, type Optimiser, type OptimiserState } from './train/optimiser.ts'
import { type Stepped, takeStep } from './train/step.ts'

/** What learns, and what of it. */
export interface LearnerOptions {
  readonly config: Qwen25VLConfig
  readonly parameters: Parameters
  readonly optimiser: Optimiser
  readonly adapter?: Adapter | undefined
  readonly frozen: readonly FrozenPart[]
  readonly trains: (name: string) => boolean
  readonly format: WeightFormat
}

/** All that training changes: weights or adapter, the optimiser's state, the gradient so far. Owns every tensor of it. */
export interface Learner {
  /** Names of what is trained, in the order of gradients. */
  readonly names: readonly string[]
  /** Numbers that the model has, the adapter's included. */
  readonly parameters: number
  readonly adapts: boolean
  /** The model as it is now: until the next `step` or `adopt`. */
  readonly model: () => Model
  /** The same without its adapter. */
  readonly base: () => Model
  /** Adds a gradient, which it takes over, to the sum. */
  readonly accumulate: (gradient: tf.Tensor1D) => void
  /** One step of the optimiser with the sum, which is gone after. */
  readonly step: (learningRate: number) => E.Either<EngineFault, { readonly gradientNorm: number }>
  /** What is saved, as it is now. Its tensors share their numbers with the learner's; the caller's to free. */
  readonly capture: () => Captured
  /** What a checkpoint must fit to be adopted. */
  readonly fits: () => { readonly trained: Trained; readonly adapter?: Adapter }
  /** Goes on from a checkpoint, whose tensors it takes over. */
  readonly adopt: (checkpoint: Checkpoint) => void
  readonly dispose: () => void
}

const countOf = (parameters: Parameters | undefined): number =>
  [...(parameters?.values() ?? [])].reduce((sum, { size }) => sum + size, 0)

/** The same tensors once more: they share their numbers, and live until they are freed themselves. */
const clones = (tensors: Parameters): Parameters => new Map([...tensors].map(([name, x]) => [name, x.clone()]))

/** Weights that training may move, with the adapter that may stand on them. */
const trainable = ({ parameters, adapter: given, config }: LearnerOptions) => {
  let weights = parameters
  let adapter = given
  const constants = modelConstants(config)
  const scale = given === undefined ? undefined : tf.scalar(adapterScale(given))
  const base = (): Model => ({ config, parameters: weights, constants })
  return {
    base,
    model: (): Model =>
      adapter === undefined || scale === undefined
        ? base()
        : { ...base(), parameters: adapted(weights, adapter, scale) },
    adapter: () => adapter,
    /** What is trained, all of it. */
    learning: (): Parameters => adapter?.matrices ?? weights,
    /** Puts other tensors in the place of those that are trained; frees none. */
    move: (moved: Parameters): void => {
      if (adapter === undefined) weights = moved
      else adapter = { ...adapter, matrices: moved }
    },
    replace: ({ parameters: read, adapter: readAdapter }: Checkpoint): void => {
      if (read !== undefined) {
        disposeParameters(weights)
        weights = read
      }
      if (adapter !== undefined && readAdapter !== undefined) {
        disposeAdapter(adapter)
        adapter = { ...adapter, matrices: readAdapter.matrices }
      }
    },
    dispose: (): void => {
      disposeParameters(weights)
      if (adapter !== undefined) disposeAdapter(adapter)
      scale?.dispose()
      disposeConstants(constants)
    },
  }
}

/** A learner at step 0 of a fresh optimiser. */
export const learnerOf = (options: LearnerOptions): Learner => {
  const { config, optimiser, format, frozen, trains } = options
  const tensors = trainable(options)
  const all = tensors.learning()
  const names = [...all.keys()].filter(name => trains(name) && !isFrozen(name, frozen))
  const size = names.reduce((sum, name) => sum + all.get(name)!.size, 0)
  let weightNames = format.names ?? 'hub'
  let state: OptimiserState = optimiser.init(size)
  let updates = 0
  let gradient: tf.Tensor1D | undefined

  const clearGradient = (): void => {
    gradient?.dispose()
    gradient = undefined
  }
  return {
    names,
    parameters: countOf(options.parameters) + countOf(options.adapter?.matrices),
    adapts: options.adapter !== undefined,
    model: tensors.model,
    base: tensors.base,
    accumulate: added => {
      const before = gradient
      gradient = before === undefined ? added : tf.add(before, added)
      if (before !== undefined) tf.dispose([before, added])
    },
    step: learningRate => {
      if (gradient === undefined) return E.right({ gradientNorm: 0 })
      const before = tensors.learning()
      const trained = names.map(name => before.get(name)!)
      try {
        return E.map(({ parameters, state: next, gradientNorm }: Stepped) => {
          tensors.move(new Map([...before, ...names.map((name, i) => [name, parameters[i]!] as const)]))
          tf.dispose(trained)
          disposeOptimiserState(state)
          state = next
          updates++
          return { gradientNorm }
        })(takeStep(trained, gradient, state, optimiser, learningRate))
      } finally {
        clearGradient()
      }
    },
    capture: () => {
      const adapter = tensors.adapter()
      const slots = Object.entries(state.slots).map(([name, slot]) => [name, slot.clone()] as const)
      return {
        config,
        format: { ...format, names: weightNames },
        step: updates,
        optimiser: { step: state.step, slots: Object.fromEntries(slots) },
        ...(adapter === undefined
          ? { parameters: clones(tensors.learning()) }
          : { adapter: { ...adapter, matrices: clones(adapter.matrices) } }),
      }
    },
    fits: () => {
      const adapter = tensors.adapter()
      const trained = { size, slots: Object.keys(state.slots) }
      return adapter === undefined ? { trained } : { trained, adapter }
    },
    adopt: checkpoint => {
      tensors.replace(checkpoint)
      weightNames = format.names ?? checkpoint.names ?? weightNames
      disposeOptimiserState(state)
      clearGradient()
      state = checkpoint.optimiser ?? optimiser.init(size)
      updates = checkpoint.step ?? state.step
    },
    dispose: () => {
      tensors.dispose()
      disposeOptimiserState(state)
      clearGradient()
    },
  }
}
