import * as tf from '@tensorflow/tfjs-core'
import { norm } from './norm.ts'
import { scoped } from './scoped.ts'

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

/** Scales the gradient so that its Euclidean norm is at most `limit` (torch clip_grad_norm_, 1e-6 in the denominator). */
export const clipByGlobalNorm = (limit: number): Optimiser => ({
  init: () => ({ step: 0, slots: {} }),
  update: (gradient, state) => ({
    update: tf.tidy(() => tf.mul(gradient, tf.minimum(1, tf.div(limit, tf.add(norm(gradient), 1e-6)))) as tf.Tensor1D),
    state,
  }),
})

/** The settings of AdamW. */
export interface AdamW {
  readonly beta1: number
  readonly beta2: number
  readonly epsilon: number
  readonly weightDecay: number
}

/** Numbers of a flat vector that are updated at once: what is computed on the way stays small, and in the processor's caches. */
const piece = 2 ** 20

/** Vectors made piece by piece from the same pieces of others. All of one size. */
const inPieces = (
  inputs: readonly tf.Tensor1D[],
  work: (...parts: tf.Tensor1D[]) => readonly tf.Tensor1D[],
): readonly tf.Tensor1D[] => {
  const size = inputs[0]?.size ?? 0
  if (size <= piece) return scoped(() => work(...inputs))
  const parts = Array.from({ length: Math.ceil(size / piece) }, (_, i) =>
    scoped(() =>
      work(...inputs.map(x => tf.slice(x, [i * piece], [Math.min(piece, size - i * piece)]) as tf.Tensor1D)),
    ),
  )
  return (parts[0] as readonly tf.Tensor1D[]).map((_, o) => {
    const pieces = parts.map(outputs => outputs[o] as tf.Tensor1D)
    const whole = tf.concat1d(pieces)
    tf.dispose(pieces)
    return whole
  })
}

/**
 * AdamW with decoupled weight decay and bias correction (Loshchilov and Hutter 2019; torch.optim.AdamW). Memory: the new state, the
 * update, and one vector more while they are put together.
 */
export const adamw = ({ beta1, beta2, epsilon, weightDecay }: AdamW): Optimiser => ({
  init: size => ({ step: 0, slots: { mean: tf.zeros([size]), square: tf.zeros([size]) } }),
  update: (gradient, { step: before, slots }, parameters, learningRate) => {
    const step = before + 1
    const previous = slots as { mean: tf.Tensor1D; square: tf.Tensor1D }
    const scale = learningRate / (1 - beta1 ** step)
    const [mean, square, update] = inPieces(
      [gradient, previous.mean, previous.square, parameters],
      (g, oldMean, oldSquare, p) => {
        const m: tf.Tensor1D = tf.add(oldMean, tf.mul(1 - beta1, tf.sub(g, oldMean)))
        const v: tf.Tensor1D = tf.add(oldSquare, tf.mul(1 - beta2, tf.sub(tf.square(g), oldSquare)))
        const root = tf.add(tf.mul(tf.sqrt(v), 1 / Math.sqrt(1 - beta2 ** step)), epsilon)
        const moved: tf.Tensor1D = tf.mul(-scale, tf.div(m, root))
        return [m, v, weightDecay === 0 ? moved : tf.sub(moved, tf.mul(learningRate * weightDecay, p))]
      },
    ) as readonly [tf.Tensor1D, tf.Tensor1D, tf.Tensor1D]
    return { update, state: { step, slots: { mean, square } } }
  },
})

/** One after the other: each transforms what the one before gave. Slots are named `0.mean`, `1.mean`, … by place. */
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
