import * as tf from '@tensorflow/tfjs-core'
import { either as E } from 'fp-ts'
import type { EngineFault } from '../engine.ts'
import type { Captured, Checkpoint } from './files/checkpoint.ts'
import type { Trained } from './files/optimiser-file.ts'
import { type Packer, repacker } from './files/storage.ts'
import type { WeightFormat } from './files/weight-format.ts'
import { type Adapter, mergeAdapter } from './lora/adapter.ts'
import type { Qwen25VLConfig } from './model/config.ts'
import { floatsWhereTrained } from './model/float-layers.ts'
import type { Model } from './model/forward.ts'
import type { Parameters } from './model/parameters.ts'
import { countOf } from './tensors/packed.ts'
import { mixSeed } from './tensors/random.ts'
import { sharing } from './tensors/sharing.ts'
import { type FrozenPart, isFrozen } from './train/frozen.ts'
import { disposeOptimiserState, type Optimiser, type OptimiserState } from './train/optimiser.ts'
import { type Stepped, takeStep } from './train/step.ts'
import { type Trainable, trainable } from './trainable.ts'

/** What learns, and what of it. */
export interface LearnerOptions {
  readonly config: Qwen25VLConfig
  readonly parameters: Parameters
  readonly optimiser: Optimiser
  readonly adapter?: Adapter | undefined
  readonly frozen: readonly FrozenPart[]
  readonly trains: (name: string) => boolean
  readonly format: WeightFormat
  readonly dropoutSeed: number
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
  /** The model as it is trained: an adapter with dropout does not see all, in every pass another part. */
  readonly training: () => Model
  /** Adds a gradient, which it takes over, to the sum. */
  readonly accumulate: (gradient: tf.Tensor1D) => void
  /** One step of the optimiser with the sum, which is gone after. */
  readonly step: (learningRate: number) => E.Either<EngineFault, { readonly gradientNorm: number }>
  /** What is saved, as it is now; with `merged` the weights with the adapter in them. Its tensors share their numbers with the learner's; the caller's to free. */
  readonly capture: (options?: { readonly merged?: boolean | undefined }) => Captured
  /** What a checkpoint must fit to be adopted. */
  readonly fits: () => { readonly trained: Trained; readonly packer: Packer; readonly adapter?: Adapter }
  /** Goes on from a checkpoint, whose tensors it takes over. */
  readonly adopt: (checkpoint: Checkpoint) => void
  readonly dispose: () => void
}

const countIn = (parameters: Parameters | undefined): number =>
  [...(parameters?.values() ?? [])].reduce((sum, x) => sum + countOf(x), 0)

/** The same tensors once more, the caller's to free. */
const shared = (tensors: Parameters): Parameters => new Map([...tensors].map(([name, x]) => [name, sharing(x)]))

/** Weights with an adapter merged into them; those that it leaves alone once more. All are the caller's to free. */
const mergedOf = (weights: Parameters, adapter: Adapter): Parameters =>
  new Map([...mergeAdapter(weights, adapter)].map(([name, x]) => [name, x === weights.get(name) ? sharing(x) : x]))

/** A sum of gradients, which it owns. */
const gradientSum = () => {
  let sum: tf.Tensor1D | undefined
  return {
    value: () => sum,
    add: (gradient: tf.Tensor1D): void => {
      const before = sum
      sum = before === undefined ? gradient : tf.add(before, gradient)
      if (before !== undefined) tf.dispose([before, gradient])
    },
    clear: (): void => {
      sum?.dispose()
      sum = undefined
    },
  }
}

/** The optimiser's state once more. */
const sharedState = ({ step, slots }: OptimiserState): OptimiserState => ({
  step,
  slots: Object.fromEntries(Object.entries(slots).map(([name, slot]) => [name, sharing(slot)])),
})

/** The weights as training needs them: under an adapter as they come. */
const floatsFor = ({ parameters, adapter }: LearnerOptions, names: readonly string[]): Parameters =>
  adapter === undefined ? floatsWhereTrained(parameters, names) : parameters

/** What is saved of tensors and optimiser. */
const savedOf = (tensors: Trainable, state: OptimiserState, merged: boolean) => {
  const adapter = tensors.adapter()
  if (adapter === undefined) return { optimiser: sharedState(state), parameters: shared(tensors.learning()) }
  return merged
    ? { merged, parameters: mergedOf(tensors.base().parameters, adapter) }
    : { optimiser: sharedState(state), adapter: { ...adapter, matrices: shared(adapter.matrices) } }
}

/** A learner at step 0 of a fresh optimiser. */
export const learnerOf = (options: LearnerOptions): Learner => {
  const { config, optimiser, format, frozen, trains, dropoutSeed } = options
  const may = [...(options.adapter?.matrices ?? options.parameters).keys()]
  const names = may.filter(name => trains(name) && !isFrozen(name, frozen))
  const tensors = trainable(config, floatsFor(options, names), options.adapter)
  const all = tensors.learning()
  const size = names.reduce((sum, name) => sum + all.get(name)!.size, 0)
  let weightNames = format.names ?? 'hub'
  let state: OptimiserState = optimiser.init(size)
  let updates = 0
  /** Passes of training since the last update. */
  let passes = 0
  const rate = options.adapter?.dropout ?? 0
  const gradient = gradientSum()

  return {
    names,
    parameters: countIn(options.parameters) + countIn(options.adapter?.matrices),
    adapts: options.adapter !== undefined,
    model: tensors.model,
    base: tensors.base,
    training: () =>
      rate === 0
        ? tensors.model()
        : { ...tensors.model(), dropout: { rate, seed: mixSeed(dropoutSeed, updates, passes++) } },
    accumulate: gradient.add,
    step: learningRate => {
      const sum = gradient.value()
      if (sum === undefined) return E.right({ gradientNorm: 0 })
      const before = tensors.learning()
      const trained = names.map(name => before.get(name)!)
      try {
        return E.map(({ parameters, state: next, gradientNorm }: Stepped) => {
          tensors.move(new Map([...before, ...names.map((name, i) => [name, parameters[i]!] as const)]))
          tf.dispose(trained)
          disposeOptimiserState(state)
          state = next
          updates++
          passes = 0
          return { gradientNorm }
        })(takeStep(trained, sum, state, optimiser, learningRate))
      } finally {
        gradient.clear()
      }
    },
    capture: ({ merged = false } = {}) => ({
      ...{ config, format: { ...format, names: weightNames }, step: updates },
      ...savedOf(tensors, state, merged),
    }),
    fits: () => {
      const adapter = tensors.adapter()
      const needed = { trained: { size, slots: Object.keys(state.slots) }, packer: repacker(tensors.base().parameters) }
      return adapter === undefined ? needed : { ...needed, adapter }
    },
    adopt: checkpoint => {
      tensors.replace(checkpoint)
      weightNames = format.names ?? checkpoint.names ?? weightNames
      disposeOptimiserState(state)
      gradient.clear()
      state = checkpoint.optimiser ?? optimiser.init(size)
      updates = checkpoint.step ?? state.step
      passes = 0
    },
    dispose: () => {
      tensors.dispose()
      disposeOptimiserState(state)
      gradient.clear()
    },
  }
}
