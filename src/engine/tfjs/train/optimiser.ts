import * as tf from '@tensorflow/tfjs-core'
import { adamStep } from '../tensors/adam.ts'
import { norm } from '../tensors/norm.ts'
import { scoped } from '../tensors/scoped.ts'
import type { AdamW } from './adamw-settings.ts'

/** What an optimiser remembers: named flat vectors, so that it can be written to a checkpoint, and a step count. */
export interface OptimiserState {
  readonly step: number
  readonly slots: Readonly<Record<string, tf.Tensor1D>>
}

/**
 * A gradient transformation over one flat vector of all trained parameters (the shape of optax: `init` and `update`, composed with
 * `chain`). `update` gives what is to be added to the parameters; it owns and returns new tensors, its arguments stay the caller's.
 */
export interface Optimiser {
  readonly init: (size: number) => OptimiserState
  readonly update: (
    gradient: tf.Tensor1D,
    state: OptimiserState,
    parameters: tf.Tensor1D,
    learningRate: number,
  ) => { readonly update: tf.Tensor1D; readonly state: OptimiserState }
}

/**
 * Scales the gradient so that its Euclidean norm is at most `limit` (torch clip_grad_norm_, 1e-6 in the denominator). The first link of a
 * `chain`. Holds nothing between steps.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import * as tf from '@tensorflow/tfjs-core'
 * import { clipByGlobalNorm, selectBackend } from 'kinograd/engine/tfjs'
 *
 * await selectBackend({ backend: 'cpu' })()
 * const clip = clipByGlobalNorm(1)
 * const { update } = clip.update(tf.tensor1d([30, -40]), clip.init(2), tf.tensor1d([0, 0]), 0.1)
 * assert.deepEqual(Array.from(update.dataSync(), x => Math.round(100 * x) / 100), [0.6, -0.8])
 * ```
 */
export const clipByGlobalNorm = (limit: number): Optimiser => ({
  init: () => ({ step: 0, slots: {} }),
  update: (gradient, state) => ({
    update: tf.tidy(() => tf.mul<tf.Tensor1D>(gradient, tf.minimum(1, tf.div(limit, tf.add(norm(gradient), 1e-6))))),
    state,
  }),
})

/**
 * AdamW with decoupled weight decay and bias correction (Loshchilov and Hutter, arXiv 1711.05101; torch.optim.AdamW). Memory: two
 * numbers a parameter beside the weights, and while it steps as `adamStep`.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import * as tf from '@tensorflow/tfjs-core'
 * import { adamw, selectBackend } from 'kinograd/engine/tfjs'
 *
 * await selectBackend({ backend: 'cpu' })()
 * const adam = adamw({ beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 })
 * const { update } = adam.update(tf.tensor1d([30, -40]), adam.init(2), tf.tensor1d([0, 0]), 0.1)
 * assert.deepEqual(Array.from(update.dataSync(), x => Math.round(100 * x) / 100), [-0.1, 0.1])
 * ```
 */
export const adamw = (settings: AdamW): Optimiser => ({
  // `tf.zeros` would make them in JavaScript first.
  init: size => ({ step: 0, slots: { mean: tf.fill([size], 0), square: tf.fill([size], 0) } }),
  update: (gradient, { step: before, slots }, parameters, learningRate) => {
    const step = before + 1
    const inputs = { gradient, mean: slots.mean!, square: slots.square!, parameters }
    const { update, mean, square } = adamStep(inputs, { ...settings, step, learningRate })
    return { update, state: { step, slots: { mean, square } } }
  },
})

/**
 * One after the other: each transforms what the one before gave. Slots are named `0.mean`, `1.mean`, … by place.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import * as tf from '@tensorflow/tfjs-core'
 * import { adamw, chain, clipByGlobalNorm, selectBackend } from 'kinograd/engine/tfjs'
 *
 * await selectBackend({ backend: 'cpu' })()
 * const optimiser = chain(clipByGlobalNorm(5), adamw({ beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 }))
 * const state = optimiser.init(2)
 * const { update } = optimiser.update(tf.tensor1d([30, -40]), state, tf.tensor1d([1, 1]), 0.1)
 * // Whatever the gradient's length, a first step of Adam moves each number by the learning rate.
 * assert.deepEqual(Array.from(update.dataSync(), x => Math.round(1000 * x) / 1000), [-0.1, 0.1])
 * assert.deepEqual(Object.keys(state.slots), ['1.mean', '1.square'])
 * ```
 */
export const chain = (...links: readonly Optimiser[]): Optimiser => ({
  init: size => {
    const states = links.map(link => link.init(size))
    return { step: 0, slots: joinSlots(states) }
  },
  update: (gradient, state, parameters, learningRate) =>
    scoped(() => {
      const states: OptimiserState[] = []
      let update = gradient
      links.forEach((link, i) => {
        const next = link.update(update, { step: state.step, slots: slotsOf(state.slots, i) }, parameters, learningRate)
        update = next.update
        states.push(next.state)
      })
      return { update, state: { step: state.step + 1, slots: joinSlots(states) } }
    }),
})

const joinSlots = (states: readonly OptimiserState[]): Readonly<Record<string, tf.Tensor1D>> =>
  Object.fromEntries(
    states.flatMap(({ slots }, i) => Object.entries(slots).map(([name, slot]) => [`${i}.${name}`, slot])),
  )

const slotsOf = (slots: Readonly<Record<string, tf.Tensor1D>>, link: number): Readonly<Record<string, tf.Tensor1D>> =>
  Object.fromEntries(
    Object.entries(slots).flatMap(([name, slot]) =>
      name.startsWith(`${link}.`) ? [[name.slice(name.indexOf('.') + 1), slot] as const] : [],
    ),
  )

export const disposeOptimiserState = ({ slots }: OptimiserState): void => tf.dispose(Object.values(slots))
