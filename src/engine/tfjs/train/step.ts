import * as tf from '@tensorflow/tfjs-core'
import { either as E } from 'fp-ts'
import { fault } from '../../../flow/index.ts'
import type { EngineFault } from '../../engine.ts'
import { inGraphs } from '../native/graph/in-graphs.ts'
import { jointNorm, normOf, normsOf } from '../tensors/norm.ts'
import { scoped } from '../tensors/scoped.ts'
import { disposeOptimiserState, type Optimiser, type OptimiserState, type PieceOfStep } from './optimiser.ts'
import { type Piece, pieceOf, unflatten } from './pieces.ts'

/** What is moved, and how. Gradient and states are by piece; every piece that the optimiser is given is one of these. */
export interface Step {
  readonly optimiser: Optimiser
  readonly learningRate: number
  readonly pieces: readonly Piece[]
  readonly parameters: readonly tf.Tensor[]
  readonly gradient: readonly tf.Tensor1D[]
  readonly states: readonly OptimiserState[]
}

/** A piece that was moved. */
export interface Moved {
  /** Which one. */
  readonly piece: number
  /** What the optimiser remembers of it from now on. */
  readonly state: OptimiserState
  /** New tensors by their places; none while only a part of a tensor was moved. */
  readonly parameters: ReadonlyMap<number, tf.Tensor>
}

/** A piece before it is moved. */
const given = ({ pieces, parameters, gradient, states }: Step, i: number) => ({
  piece: pieces[i]!,
  before: pieceOf(pieces[i]!, tensor => parameters[tensor]!),
  gradient: gradient[i]!,
  state: states[i]!,
})

interface Result {
  readonly after: tf.Tensor1D
  readonly update: tf.Tensor1D
  readonly state: OptimiserState
}

/** The optimiser on one piece. Frees what it leaves behind, also where it throws. */
const updated = (step: Step, i: number, where?: Omit<PieceOfStep, 'from'>): Result =>
  scoped(() => {
    const { piece, before, gradient, state } = given(step, i)
    const told = where === undefined ? [] : ([{ ...where, from: piece.from }] as const)
    const { update, state: next } = step.optimiser.update(gradient, state, before, step.learningRate, ...told)
    const after = tf.tidy(() => tf.add<tf.Tensor1D>(before, update))
    before.dispose()
    return { after, update, state: next }
  })

const notFinite = (learningRate: number, gradientNorm: number, stepNorm: number): E.Either<EngineFault, never> =>
  E.left(
    fault(
      'NotFinite',
      `at learning rate ${learningRate} a gradient of norm ${gradientNorm} makes a step of norm ${stepNorm}`,
      'The step was not taken and its gradient dropped. Look at the batch and the learning rate.',
    ),
  )

const shapesOf = ({ parameters }: Step, { tensors: [first, end] }: Piece): readonly (readonly number[])[] =>
  parameters.slice(first, end).map(({ shape }) => shape)

const byPlace = ({ tensors: [first] }: Piece, tensors: readonly tf.Tensor[]): ReadonlyMap<number, tf.Tensor> =>
  new Map(tensors.map((tensor, i) => [first + i, tensor]))

type Stepped = E.Either<EngineFault, { readonly gradientNorm: number }>

/** All at once: what comes out is looked at before anything is replaced. */
const whole = (step: Step, commit: (moved: Moved) => void): Stepped => {
  const { learningRate, gradient, pieces } = step
  const result = inGraphs(() =>
    scoped(() => {
      const { after, update, state } = updated(step, 0)
      // A step that is not finite leads to parameters that are not.
      const [gradientNorm = Number.NaN, norm = Number.NaN] = normsOf([gradient[0]!, after])
      if (![gradientNorm, norm].every(Number.isFinite)) {
        const stepNorm = normOf(update)
        tf.dispose([update, after])
        disposeOptimiserState(state)
        return notFinite(learningRate, gradientNorm, stepNorm)
      }
      update.dispose()
      const moved = unflatten(after, shapesOf(step, pieces[0]!))
      after.dispose()
      return E.right({ moved, state, gradientNorm })
    }),
  )
  if (E.isLeft(result)) return result
  const { moved, state, gradientNorm } = result.right
  commit({ piece: 0, state, parameters: byPlace(pieces[0]!, moved) })
  return E.right({ gradientNorm })
}

/** The norms of parameters and update that a step of all pieces would give. */
const tried = (step: Step, gradientNorm: number): readonly [after: number, update: number] => {
  const norms = step.pieces.map((_, i) =>
    inGraphs(() => {
      const { after, update } = updated(step, i, { gradientNorm, remembers: false })
      const found = normsOf([after, update])
      tf.dispose([after, update])
      return found
    }),
  )
  return [jointNorm(norms.map(([after]) => after!)), jointNorm(norms.map(([, update]) => update!))]
}

/** Piece by piece. The parts of a large tensor wait for each other. */
const moveAll = (step: Step, gradientNorm: number, commit: (moved: Moved) => void): void => {
  const parts: tf.Tensor1D[] = []
  try {
    for (const [i, piece] of step.pieces.entries()) {
      const { after, state } = inGraphs(() => {
        const { update, ...result } = updated(step, i, { gradientNorm, remembers: true })
        update.dispose()
        return result
      })
      step.gradient[i]!.dispose()
      parts.push(after)
      if (!piece.ends) {
        commit({ piece: i, state, parameters: new Map() })
        continue
      }
      const moved = tf.tidy(() => unflatten(tf.concat1d(parts), shapesOf(step, piece)))
      tf.dispose(parts.splice(0))
      commit({ piece: i, state, parameters: byPlace(piece, moved) })
    }
  } finally {
    tf.dispose(parts)
  }
}

/**
 * One step of the optimiser. What is new goes to `commit`, which takes it over and may free what it replaces. `Left('NotFinite')` when
 * gradient, step or result are not finite: nothing is committed then. Arguments stay the caller's, but the gradient of several pieces,
 * which is freed on the way.
 *
 * One piece is looked at before it is committed: memory, beside the arguments, of six flat vectors with AdamW. Of several, the step is tried on each
 * first, and then taken piece by piece: six vectors of a piece, and a tensor that is cut twice more while it is put together.
 */
export const takeStep = (step: Step, commit: (moved: Moved) => void): Stepped => {
  if (step.pieces.length === 1) return whole(step, commit)
  const gradientNorm = jointNorm(inGraphs(() => normsOf(step.gradient)))
  const [after, update] = tried(step, gradientNorm)
  if (![gradientNorm, after].every(Number.isFinite)) return notFinite(step.learningRate, gradientNorm, update)
  moveAll(step, gradientNorm, commit)
  return E.right({ gradientNorm })
}
