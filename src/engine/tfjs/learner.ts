import * as tf from '@tensorflow/tfjs-core'
import { either as E } from 'fp-ts'
import type { EngineFault } from '../engine.ts'
import type { Captured, Checkpoint } from './files/checkpoint.ts'
import type { Trained } from './files/optimiser-file.ts'
import { type Packer, repacker } from './files/storage.ts'
import type { WeightFormat } from './files/weight-format.ts'
import type { Adapter } from './lora/adapter.ts'
import type { Qwen25VLConfig } from './model/config.ts'
import { floatsWhereTrained } from './model/float-layers.ts'
import type { Model } from './model/forward.ts'
import type { Parameters } from './model/parameters.ts'
import { countOf } from './tensors/packed.ts'
import { sharing } from './tensors/sharing.ts'
import { type FrozenPart, isFrozen } from './train/frozen.ts'
import { disposeOptimiserState, type Optimiser, type OptimiserState } from './train/optimiser.ts'
import { type Stepped, takeStep } from './train/step.ts'
import { trainable } from './trainable.ts'

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
  readonly fits: () => { readonly trained: Trained; readonly packer: Packer; readonly adapter?: Adapter }
  /** Goes on from a checkpoint, whose tensors it takes over. */
  readonly adopt: (checkpoint: Checkpoint) => void
  readonly dispose: () => void
}

const countIn = (parameters: Parameters | undefined): number =>
  [...(parameters?.values() ?? [])].reduce((sum, x) => sum + countOf(x), 0)

/** The same tensors once more, the caller's to free. */
const shared = (tensors: Parameters): Parameters => new Map([...tensors].map(([name, x]) => [name, sharing(x)]))

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

/** A learner at step 0 of a fresh optimiser. */
export const learnerOf = (options: LearnerOptions): Learner => {
  const { config, optimiser, format, frozen, trains } = options
  const may = [...(options.adapter?.matrices ?? options.parameters).keys()]
  const names = may.filter(name => trains(name) && !isFrozen(name, frozen))
  const tensors = trainable(config, floatsFor(options, names), options.adapter)
  const all = tensors.learning()
  const size = names.reduce((sum, name) => sum + all.get(name)!.size, 0)
  let weightNames = format.names ?? 'hub'
  let state: OptimiserState = optimiser.init(size)
  let updates = 0
  const gradient = gradientSum()

  return {
    names,
    parameters: countIn(options.parameters) + countIn(options.adapter?.matrices),
    adapts: options.adapter !== undefined,
    model: tensors.model,
    base: tensors.base,
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
          return { gradientNorm }
        })(takeStep(trained, sum, state, optimiser, learningRate))
      } finally {
        gradient.clear()
      }
    },
    capture: () => {
      const adapter = tensors.adapter()
      return {
        config,
        format: { ...format, names: weightNames },
        step: updates,
        optimiser: sharedState(state),
        ...(adapter === undefined
          ? { parameters: shared(tensors.learning()) }
          : { adapter: { ...adapter, matrices: shared(adapter.matrices) } }),
      }
    },
    fits: () => {
      const adapter = tensors.adapter()
      const trained = { size, slots: Object.keys(state.slots) }
      const packer = repacker(tensors.base().parameters)
      return adapter === undefined ? { trained, packer } : { trained, packer, adapter }
    },
    adopt: checkpoint => {
      tensors.replace(checkpoint)
      weightNames = format.names ?? checkpoint.names ?? weightNames
      disposeOptimiserState(state)
      gradient.clear()
      state = checkpoint.optimiser ?? optimiser.init(size)
      updates = checkpoint.step ?? state.step
    },
    dispose: () => {
      tensors.dispose()
      disposeOptimiserState(state)
      gradient.clear()
    },
  }
}
