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
  /** The norm of all of it, where it is known. */
  readonly gradientNorm?: number | undefined
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

/** What an optimiser that works in pieces is told of a step. */
type Told = Pick<PieceOfStep, 'gradientNorm' | 'remembers'>

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
const updated = (step: Step, i: number, told: Told): Result =>
  scoped(() => {
    const { piece, before, gradient, state } = given(step, i)
    const where = step.optimiser.inPieces === undefined ? [] : ([{ ...told, from: piece.from }] as const)
    const { update, state: next } = step.optimiser.update(gradient, state, before, step.learningRate, ...where)
    const after = tf.tidy(() => tf.add<tf.Tensor1D>(before, update))
    before.dispose()
    return { after, update, state: next }
  })

const notFinite = (
  learningRate: number,
  gradientNorm: number,
  stepNorm: number,
  remedy = 'The step was not taken and its gradient dropped. Look at the batch and the learning rate.',
): E.Either<EngineFault, never> =>
  E.left(
    fault(
      'NotFinite',
      `at learning rate ${learningRate} a gradient of norm ${gradientNorm} makes a step of norm ${stepNorm}`,
      remedy,
    ),
  )

const shapesOf = ({ parameters }: Step, { tensors: [first, end] }: Piece): readonly (readonly number[])[] =>
  parameters.slice(first, end).map(({ shape }) => shape)

const byPlace = ({ tensors: [first] }: Piece, tensors: readonly tf.Tensor[]): ReadonlyMap<number, tf.Tensor> =>
  new Map(tensors.map((tensor, i) => [first + i, tensor]))

type Stepped = E.Either<EngineFault, { readonly gradientNorm: number }>

/** All at once: what comes out is looked at before anything is replaced. */
const whole = (step: Step, gradientNorm: number, commit: (moved: Moved) => void): Stepped => {
  const { learningRate, pieces } = step
  const result = inGraphs(() =>
    scoped(() => {
      const { after, update, state } = updated(step, 0, { gradientNorm, remembers: true })
      // A step that is not finite leads to parameters that are not.
      if (![gradientNorm, normOf(after)].every(Number.isFinite)) {
        const stepNorm = normOf(update)
        tf.dispose([update, after])
        disposeOptimiserState(state)
        return notFinite(learningRate, gradientNorm, stepNorm)
      }
      update.dispose()
      const moved = unflatten(after, shapesOf(step, pieces[0]!))
      after.dispose()
      return E.right({ moved, state })
    }),
  )
  if (E.isLeft(result)) return result
  const { moved, state } = result.right
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

/** A piece that was moved and looked at; its norm is not finite where it must not be committed. */
const movedPiece = (step: Step, i: number, gradientNorm: number) =>
  inGraphs(() => {
    const { update, after, state } = updated(step, i, { gradientNorm, remembers: true })
    const norm = normOf(after)
    update.dispose()
    return { after, state, norm }
  })

/**
 * Piece by piece. The parts of a large tensor wait for each other. That a step is finite was found before; should a piece tell otherwise
 * (weights or a state that were not finite before, and that no loss depends on), it ends there.
 */
const moveAll = (step: Step, gradientNorm: number, commit: (moved: Moved) => void): Stepped => {
  const parts: tf.Tensor1D[] = []
  try {
    for (const [i, piece] of step.pieces.entries()) {
      const { after, state, norm } = movedPiece(step, i, gradientNorm)
      parts.push(after)
      if (!Number.isFinite(norm)) {
        disposeOptimiserState(state)
        const remedy =
          i === 0
            ? undefined
            : `Pieces 1 to ${i} of ${step.pieces.length} were moved, this one was not: load the last checkpoint.`
        return notFinite(step.learningRate, gradientNorm, norm, remedy)
      }
      step.gradient[i]!.dispose()
      if (!piece.ends) {
        commit({ piece: i, state, parameters: new Map() })
        continue
      }
      const moved = tf.tidy(() => unflatten(tf.concat1d(parts), shapesOf(step, piece)))
      tf.dispose(parts.splice(0))
      commit({ piece: i, state, parameters: byPlace(piece, moved) })
    }
    return E.right({ gradientNorm })
  } finally {
    tf.dispose(parts)
  }
}

/**
 * One step of the optimiser. What is new goes to `commit`, which takes it over and may free what it replaces. `Left('NotFinite')` when
 * gradient, step or result are not finite: nothing is committed then. Arguments stay the caller's, but the gradient of several pieces,
 * which is freed on the way.
 *
 * One piece is looked at before it is committed: memory, beside the arguments, of six flat vectors with AdamW. Of several, the step is
 * tried on each first, unless the optimiser is sure of it (`staysFinite`), and then taken piece by piece: six vectors of a piece, and a
 * tensor that is cut twice more while it is put together.
 */
export const takeStep = (step: Step, commit: (moved: Moved) => void): Stepped => {
  const { optimiser, learningRate, gradient, pieces } = step
  const gradientNorm = step.gradientNorm ?? jointNorm(inGraphs(() => normsOf(gradient)))
  if (pieces.length === 1) return whole(step, gradientNorm, commit)
  if (optimiser.staysFinite?.(gradientNorm, learningRate) !== true) {
    const [after, update] = tried(step, gradientNorm)
    if (![gradientNorm, after].every(Number.isFinite)) return notFinite(learningRate, gradientNorm, update)
  }
  return moveAll(step, gradientNorm, commit)
}
