import * as tf from '@tensorflow/tfjs-core'
import { adamStep } from '../tensors/adam.ts'
import { brainZeros, flatFloats, narrowed } from '../tensors/narrow.ts'
import { norm } from '../tensors/norm.ts'
import { packingOf } from '../tensors/packed.ts'
import { mixSeed } from '../tensors/random.ts'
import { scoped } from '../tensors/scoped.ts'
import type { AdamW } from './adamw-settings.ts'

/** What an optimiser remembers: named flat vectors, so that it can be written to a checkpoint, and a step count. */
export interface OptimiserState {
  readonly step: number
  readonly slots: Readonly<Record<string, tf.Tensor1D>>
}

/** What an optimiser that works in pieces is told of each, be it the only one. */
export interface PieceOfStep {
  /** Place of the piece's first number among all. */
  readonly from: number
  /** Euclidean norm of the whole gradient, as it came. */
  readonly gradientNorm: number
  /** False where the update is tried out: the state that is given with it is thrown away, and may have no slots. */
  readonly remembers: boolean
}

/**
 * A gradient transformation over one flat vector of all trained parameters (the shape of optax: `init` and `update`, composed with
 * `chain`). `update` gives what is to be added to the parameters; it owns and returns new tensors, its arguments stay the caller's.
 *
 * With `inPieces` a large model is updated some millions of numbers at a time, each piece with a state of its own, so that next to
 * nothing stands beside weights, gradient and state: set it where no number's update depends on another's.
 */
export interface Optimiser {
  readonly init: (size: number) => OptimiserState
  readonly update: (
    gradient: tf.Tensor1D,
    state: OptimiserState,
    parameters: tf.Tensor1D,
    learningRate: number,
    piece?: PieceOfStep,
  ) => { readonly update: tf.Tensor1D; readonly state: OptimiserState }
  /**
   * That each number is updated by itself, `alone` or `withNorm`: by the norm of the whole gradient too, which `piece` says. Where it is
   * not given, the whole vector is.
   */
  readonly inPieces?: 'alone' | 'withNorm'
  /**
   * Whether a step along a gradient of so large a norm is sure to lead from finite parameters and a finite state to finite ones. Where it
   * is not, or nothing is said, a step of several pieces is tried on all of them before the first is moved, which takes as long again.
   */
  readonly staysFinite?: (gradientNorm: number, learningRate: number) => boolean
  /** The same optimiser, remembering less, and what to set for it: `hasRoom` proposes it. */
  readonly lighter?: { readonly words: string; readonly optimiser: Optimiser }
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
  update: (gradient, state, _, __, piece) => ({
    update:
      piece === undefined
        ? tf.tidy(() => tf.mul<tf.Tensor1D>(gradient, tf.minimum(1, tf.div(limit, tf.add(norm(gradient), 1e-6)))))
        : scaledBy(gradient, Math.min(1, limit / (piece.gradientNorm + 1e-6))),
    state,
  }),
  inPieces: 'withNorm',
  staysFinite: gradientNorm => Number.isFinite(gradientNorm),
})

const scaledBy = (x: tf.Tensor1D, factor: number): tf.Tensor1D => (factor === 1 ? tf.clone(x) : tf.mul(x, factor))

/** Two vectors that AdamW remembers, by names. */
const moments = ['mean', 'square'] as const

/** A moment as float32. */
const floatsOf = (slot: tf.Tensor1D): tf.Tensor1D => (packingOf(slot) === undefined ? slot : flatFloats(slot))

/**
 * AdamW with decoupled weight decay and bias correction (Loshchilov and Hutter, arXiv 1711.05101; torch.optim.AdamW). Memory: two
 * numbers a parameter beside the weights, of four bytes or, with `moments: 'bfloat16'`, of two, and while it steps as `adamStep` on a piece.
 *
 * Moments of 16 bits are rounded stochastically (Gupta et al. 2015, arXiv 1502.02551; that moments need few bits: Dettmers et al. 2021, arXiv
 * 2110.02861): with β₂ = 0.999 the second one decays by a thousandth a step, a quarter to half of what rounding to nearest would drop.
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
export const adamw = (settings: AdamW): Optimiser => {
  const { moments: kept = 'float32', seed = 0 } = settings
  const brain = kept === 'bfloat16'
  return {
    // `tf.zeros` would make them in JavaScript first.
    init: size => ({
      step: 0,
      slots: Object.fromEntries(moments.map(name => [name, brain ? brainZeros(size) : tf.fill<tf.Rank.R1>([size], 0)])),
    }),
    update: (gradient, { step: before, slots }, parameters, learningRate, piece) =>
      scoped(() => {
        const { from, remembers } = piece ?? onlyPiece
        const step = before + 1
        const inputs = { gradient, mean: floatsOf(slots.mean!), square: floatsOf(slots.square!), parameters }
        const { update, ...next } = adamStep(inputs, { ...settings, step, learningRate })
        if (!remembers) return { update, state: { step, slots: {} } }
        const keep = (name: keyof typeof next, i: number): tf.Tensor1D =>
          brain ? narrowed(next[name], { seed: mixSeed(seed, step, i), from }) : next[name]
        return { update, state: { step, slots: Object.fromEntries(moments.map((name, i) => [name, keep(name, i)])) } }
      }),
    inPieces: 'alone',
    staysFinite: (gradientNorm, learningRate) => isBounded(settings, gradientNorm, learningRate),
    ...(brain
      ? {}
      : { lighter: { words: "moments: 'bfloat16'", optimiser: adamw({ ...settings, moments: 'bfloat16' }) } }),
  }
}

/**
 * Whether no number of a step can overflow float32: the gradient's square does not, and with β₁² < β₂ the mean is at most
 * (1 − β₁) / √((1 − β₂)(1 − β₁²/β₂)) times the root of the mean square (Kingma and Ba 2015, section 2.1), or divided by ε.
 */
const isBounded = (
  { beta1, beta2, epsilon, weightDecay }: AdamW,
  gradientNorm: number,
  learningRate: number,
): boolean =>
  gradientNorm < 1e18 &&
  epsilon >= 1e-18 &&
  beta1 ** 2 < beta2 &&
  beta2 < 1 &&
  Math.abs(learningRate) * (1 + Math.abs(weightDecay)) < 1

/** The place of a vector that is all there is. */
const onlyPiece = { from: 0, remembers: true } as const

/**
 * One after the other: each transforms what the one before gave. Slots are named `0.mean`, `1.mean`, … by place. Works in pieces where
 * every link does and none but the first needs the gradient's norm.
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
  update: (gradient, state, parameters, learningRate, piece) =>
    scoped(() => {
      const states: OptimiserState[] = []
      let update = gradient
      links.forEach((link, i) => {
        const own = { step: state.step, slots: slotsOf(state.slots, i) }
        const next = link.update(update, own, parameters, learningRate, piece)
        update = next.update
        states.push(next.state)
      })
      return { update, state: { step: state.step + 1, slots: joinSlots(states) } }
    }),
  ...worksInPieces(links),
  staysFinite: (gradientNorm, learningRate) =>
    links.every(link => link.staysFinite?.(gradientNorm, learningRate) === true),
  ...lighterOf(links),
})

/** A chain works in pieces where all its links do; the norm is that of the gradient as it came, which the first link alone gets. */
const worksInPieces = ([first, ...others]: readonly Optimiser[]): Pick<Optimiser, 'inPieces'> =>
  first?.inPieces !== undefined && others.every(({ inPieces }) => inPieces === 'alone')
    ? { inPieces: first.inPieces }
    : {}

const lighterOf = (links: readonly Optimiser[]): Pick<Optimiser, 'lighter'> => {
  const words = links.flatMap(({ lighter }) => lighter?.words ?? [])
  if (words.length === 0) return {}
  return {
    lighter: { words: words.join(', '), optimiser: chain(...links.map(link => link.lighter?.optimiser ?? link)) },
  }
}

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
