import * as tf from '@tensorflow/tfjs-core'
import { either as E } from 'fp-ts'
import type { EngineFault } from '../engine.ts'
import type { Captured, Checkpoint } from './files/checkpoint.ts'
import { type Packer, repacker } from './files/storage.ts'
import { type Trained, trainedOf } from './files/trained.ts'
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
import { gradientSum } from './train/gradient-sum.ts'
import { disposeOptimiserState, type Optimiser, type OptimiserState } from './train/optimiser.ts'
import { type Piece, piecesFor } from './train/pieces.ts'
import { type Moved, takeStep } from './train/step.ts'
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
  /** Numbers that gradients and states are cut into, at least (`piecesOf`). */
  readonly pieceNumbers?: number
}

/** All that training changes: weights or adapter, the optimiser's state, the gradient so far. Owns every tensor of it. */
export interface Learner {
  /** Names of what is trained, in the order of gradients. */
  readonly names: readonly string[]
  /** How gradients are cut, and what the optimiser steps at once. */
  readonly pieces: readonly Piece[]
  /** Numbers that the model has, the adapter's included. */
  readonly parameters: number
  readonly adapts: boolean
  /** The model as it is now: until the next `step` or `adopt`. */
  readonly model: () => Model
  /** The same without its adapter. */
  readonly base: () => Model
  /** The model as it is trained: an adapter with dropout does not see all, in every pass another part. */
  readonly training: () => Model
  /** Adds a gradient, which it takes over, to the sum; its norm where that is known. */
  readonly accumulate: (gradient: readonly tf.Tensor1D[], norm?: number) => void
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

const sizesOf = (parameters: Parameters, names: readonly string[]): readonly number[] =>
  names.map(name => parameters.get(name)!.size)

/** The same tensors once more, the caller's to free. */
const shared = (tensors: Parameters): Parameters => new Map([...tensors].map(([name, x]) => [name, sharing(x)]))

/** Weights with an adapter merged into them; those that it leaves alone once more. All are the caller's to free. */
const mergedOf = (weights: Parameters, adapter: Adapter): Parameters =>
  new Map([...mergeAdapter(weights, adapter)].map(([name, x]) => [name, x === weights.get(name) ? sharing(x) : x]))

/** The optimiser's states once more. */
const sharedStates = (states: readonly OptimiserState[]): readonly OptimiserState[] =>
  states.map(({ step, slots }) => ({
    step,
    slots: Object.fromEntries(Object.entries(slots).map(([name, slot]) => [name, sharing(slot)])),
  }))

/** The weights as training needs them: under an adapter as they come. */
const floatsFor = ({ parameters, adapter }: LearnerOptions, names: readonly string[]): Parameters =>
  adapter === undefined ? floatsWhereTrained(parameters, names) : parameters

/** What is saved of tensors and optimiser. */
const savedOf = (tensors: Trainable, states: readonly OptimiserState[], merged: boolean) => {
  const adapter = tensors.adapter()
  if (adapter === undefined) return { optimiser: sharedStates(states), parameters: shared(tensors.learning()) }
  return merged
    ? { merged, parameters: mergedOf(tensors.base().parameters, adapter) }
    : { optimiser: sharedStates(states), adapter: { ...adapter, matrices: shared(adapter.matrices) } }
}

/** Puts a piece that was moved in the place of what it was, and frees that. */
const committing =
  (tensors: Trainable, names: readonly string[], states: OptimiserState[]) =>
  ({ piece, state, parameters }: Moved): void => {
    const before = tensors.learning()
    const moved = new Map([...parameters].map(([i, tensor]) => [names[i]!, tensor]))
    if (moved.size > 0) tensors.move(new Map([...before, ...moved]))
    tf.dispose([...moved.keys()].map(name => before.get(name)!))
    disposeOptimiserState(states[piece]!)
    states[piece] = state
  }

/** A learner at step 0 of a fresh optimiser. */
export const learnerOf = (options: LearnerOptions): Learner => {
  const { config, optimiser, format, frozen, trains, dropoutSeed } = options
  const may = [...(options.adapter?.matrices ?? options.parameters).keys()]
  const names = may.filter(name => trains(name) && !isFrozen(name, frozen))
  const tensors = trainable(config, floatsFor(options, names), options.adapter)
  const pieces = piecesFor(optimiser, sizesOf(tensors.learning(), names), options.pieceNumbers)
  const fresh = (): OptimiserState[] => pieces.map(({ size }) => optimiser.init(size))
  let weightNames = format.names ?? 'hub'
  let states = fresh()
  let updates = 0
  /** Passes of training since the last update. */
  let passes = 0
  const rate = options.adapter?.dropout ?? 0
  const gradient = gradientSum()

  return {
    names,
    pieces,
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
      const parameters = names.map(name => before.get(name)!)
      const commit = committing(tensors, names, states)
      try {
        const given = { gradient: sum, gradientNorm: gradient.norm() }
        const stepped = takeStep({ optimiser, learningRate, pieces, parameters, ...given, states }, commit)
        if (E.isRight(stepped)) {
          updates++
          passes = 0
        }
        return stepped
      } finally {
        gradient.clear()
      }
    },
    capture: ({ merged = false } = {}) => ({
      ...{ config, format: { ...format, names: weightNames }, step: updates },
      ...savedOf(tensors, states, merged),
    }),
    fits: () => {
      const adapter = tensors.adapter()
      const needed = { trained: trainedOf(pieces, states[0]!), packer: repacker(tensors.base().parameters) }
      return adapter === undefined ? needed : { ...needed, adapter }
    },
    adopt: checkpoint => {
      tensors.replace(checkpoint)
      weightNames = format.names ?? checkpoint.names ?? weightNames
      states.forEach(disposeOptimiserState)
      gradient.clear()
      states = checkpoint.optimiser === undefined ? fresh() : [...checkpoint.optimiser]
      updates = checkpoint.step ?? states[0]!.step
      passes = 0
    },
    dispose: () => {
      tensors.dispose()
      states.forEach(disposeOptimiserState)
      gradient.clear()
    },
  }
}
