import * as tf from '@tensorflow/tfjs-core'
import { mean, type Objective } from '../../../advantage/index.ts'
import type { TrainGroup } from '../../engine.ts'
import { type Batch, disposeBatch, makeBatch } from '../model/batch.ts'
import { finalNorm, headName, hiddenLinks, type Model, startOf } from '../model/forward.ts'
import { type Link, through } from '../model/link.ts'
import type { MropeLayout } from '../model/mrope-layout.ts'
import { inGraphs } from '../native/graph/in-graphs.ts'
import { jointNorm, normsOf } from '../tensors/norm.ts'
import { scoped } from '../tensors/scoped.ts'
import { forwardBackward, type Gradients, gradients } from './backward.ts'
import { headGradient, scoreTokens } from './head.ts'
import { onePiece, type Piece, pieceOf } from './pieces.ts'

/** Splits a flat vector into one array a sequence. */
const bySequence = (flat: ArrayLike<number>, lengths: Int32Array): readonly Float64Array[] => {
  let at = 0
  return Array.from(lengths, length => {
    const part = Float64Array.from({ length }, (_, t) => flat[at + t]!)
    at += length
    return part
  })
}

const withBatch = <A>(
  model: Model,
  groups: readonly TrainGroup[],
  layout: MropeLayout,
  use: (batch: Batch) => A,
): A => {
  const batch = makeBatch(groups, model.config, layout)
  try {
    return inGraphs(() => use(batch))
  } finally {
    disposeBatch(batch)
  }
}

/** The links up to the rows that the head reads: the normalised hidden states that predict the completions' tokens. */
const linksOf = (model: Model, batch: Batch): readonly Link[] => [
  ...hiddenLinks(model, batch),
  finalNorm(model, batch.predictedBy),
]

/** log π of every completion token, one array a sequence, without a gradient. Memory: one layer's activations and `headBytes`. */
export const logprobsOf = (model: Model, groups: readonly TrainGroup[], layout: MropeLayout): readonly Float64Array[] =>
  withBatch(model, groups, layout, batch =>
    scoped(() => {
      const rows = through(linksOf(model, batch), startOf(model, batch))
      const weight = model.parameters.get(headName(model.config))!
      return bySequence(scoreTokens({ rows, weight, targets: batch.targets }).logprobs, batch.lengths)
    }),
  )

export interface Gradient {
  readonly loss: number
  readonly metrics: Readonly<Record<string, number>>
  /** Gradient of all trained parameters, one after the other in the order of `names`, in pieces. The caller's to free. */
  readonly pieces: readonly tf.Tensor1D[]
  /** Its Euclidean norm; not finite when loss or gradient are not. */
  readonly norm: number
}

/** How a gradient is computed; the numbers do not depend on it. */
export interface GradientOptions {
  readonly layout: MropeLayout
  /** Activations are computed again on the way back (see `forwardBackward`). */
  readonly checkpointing: boolean
  /** The metrics get `entropy`, the mean over all tokens of the entropy of the distribution before each, in nats. */
  readonly entropy?: boolean
  /** How the gradient is cut (`piecesOf`); it is one piece when not given. */
  readonly pieces?: readonly Piece[]
}

/**
 * Loss and gradient over groups. The objective is a function of log-probabilities on the CPU, in float64, with its own gradient:
 * d loss / d θ = Σ_t (d loss / d logπ_t) · (d logπ_t / d θ), so that every loss of `kinograd/advantage` trains every engine.
 * A parameter that the loss does not reach gets zeros.
 */
export const gradientOf = (
  model: Model,
  names: readonly string[],
  groups: readonly TrainGroup[],
  objective: Objective,
  { layout, checkpointing, entropy = false, ...cut }: GradientOptions,
): Gradient =>
  withBatch(model, groups, layout, batch => {
    const trained = new Map(names.map(name => [name, model.parameters.get(name)!]))
    const headAt = headName(model.config)
    const sums = gradients()
    let report: ReturnType<Objective> | undefined
    let thrown: { readonly error: unknown } | undefined
    const slopeOf = (rows: tf.Tensor2D): tf.Tensor2D => {
      const head = { rows, weight: model.parameters.get(headAt)!, targets: batch.targets }
      const scores = scoreTokens(head, { entropy })
      try {
        report = objective(bySequence(scores.logprobs, batch.lengths))
        const { entropies } = scores
        if (entropies !== undefined) report = { ...report, metrics: { ...report.metrics, entropy: mean(entropies) } }
      } catch (error) {
        // What tfjs keeps for the way back is freed on the way back only: take it, for nothing.
        thrown = { error }
        return tf.zerosLike(rows)
      }
      const back = headGradient(head, scores, flattened(report.gradient, batch.targets.length), trained.has(headAt))
      if (back.weight !== undefined) sums.add(headAt, back.weight)
      return back.rows
    }
    try {
      const pieces = scoped(() => {
        forwardBackward(linksOf(model, batch), startOf(model, batch), trained, sums, slopeOf, { checkpointing })
        if (thrown !== undefined) throw thrown.error
        return inPieces(cut.pieces ?? [onePiece([...trained.values()].map(({ size }) => size))], trained, sums)
      })
      const norm = jointNorm(normsOf(pieces))
      const { loss = Number.NaN, metrics = {} } = report ?? {}
      return { loss, metrics, pieces, norm: Number.isFinite(loss) ? norm : Number.NaN }
    } finally {
      sums.dispose()
    }
  })

/** The sums in pieces; each is freed when it has its place. */
const inPieces = (
  pieces: readonly Piece[],
  trained: ReadonlyMap<string, tf.Tensor>,
  sums: Gradients,
): readonly tf.Tensor1D[] => {
  const all = [...trained]
  return pieces.map(piece => {
    const flat = pieceOf(piece, i => sums.get(all[i]![0]) ?? tf.zerosLike(all[i]![1]))
    if (piece.ends) sums.drop(all.slice(...piece.tensors).map(([name]) => name))
    return flat
  })
}

const flattened = (parts: readonly ArrayLike<number>[], size: number): Float32Array => {
  const flat = new Float32Array(size)
  let at = 0
  for (const part of parts) {
    flat.set(part, at)
    at += part.length
  }
  return flat
}
