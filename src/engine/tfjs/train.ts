import * as tf from '@tensorflow/tfjs-core'
import type { Objective } from '../../advantage/index.ts'
import type { TrainGroup } from '../engine.ts'
import { type Batch, disposeBatch, makeBatch } from './batch.ts'
import { completionLogprobs, type Model } from './forward.ts'
import type { MropeLayout } from './positions.ts'

/** Splits a flat vector into one array a sequence. */
const bySequence = (flat: ArrayLike<number>, lengths: Int32Array): readonly Float64Array[] => {
  let at = 0
  return Array.from(lengths, length => {
    const part = Float64Array.from({ length }, (_, t) => flat[at + t] as number)
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
    return use(batch)
  } finally {
    disposeBatch(batch)
  }
}

/** log π of every completion token, one array a sequence, without a gradient. */
export const logprobsOf = (model: Model, groups: readonly TrainGroup[], layout: MropeLayout): readonly Float64Array[] =>
  withBatch(model, groups, layout, batch => {
    const flat = tf.tidy(() => completionLogprobs(model, batch))
    const values = bySequence(flat.dataSync(), batch.lengths)
    flat.dispose()
    return values
  })

export interface Gradient {
  readonly loss: number
  readonly metrics: Readonly<Record<string, number>>
  /** Gradient of all trained parameters, one after the other in the order of `names`. The caller's to free. */
  readonly flat: tf.Tensor1D
  /** Its Euclidean norm; not finite when loss or gradient are not. */
  readonly norm: number
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
  layout: MropeLayout,
): Gradient =>
  withBatch(model, groups, layout, batch => {
    const trained = names.map(name => model.parameters.get(name) as tf.Tensor)
    let report: ReturnType<Objective> | undefined
    let thrown: { readonly error: unknown } | undefined
    const surrogate = (): tf.Scalar => {
      const logprobs = completionLogprobs(model, batch)
      try {
        report = objective(bySequence(logprobs.dataSync(), batch.lengths))
      } catch (error) {
        // What tfjs keeps for the way back is freed on the way back only: take it, for nothing.
        thrown = { error }
        return tf.sum(logprobs)
      }
      const slopes = new Float32Array(batch.targets.length)
      let at = 0
      for (const part of report.gradient) {
        slopes.set(part, at)
        at += part.length
      }
      return tf.sum(tf.mul(logprobs, tf.tensor1d(slopes)))
    }
    const { value, grads } = tf.engine().gradients(surrogate, trained, undefined, true)
    value.dispose()
    if (thrown !== undefined) {
      tf.dispose(grads.filter(Boolean))
      throw thrown.error
    }
    const flat = tf.tidy(() => tf.concat1d(trained.map((p, i) => tf.reshape(grads[i] ?? tf.zerosLike(p), [-1]))))
    tf.dispose(grads.filter(Boolean))
    const norm = tf.tidy(() => tf.norm(flat).dataSync()[0] as number)
    const { loss = Number.NaN, metrics = {} } = report ?? {}
    return { loss, metrics, flat, norm: Number.isFinite(loss) ? norm : Number.NaN }
  })

/** Splits a flat vector back into tensors of the given shapes. */
export const unflatten = (flat: tf.Tensor1D, shapes: readonly (readonly number[])[]): tf.Tensor[] =>
  tf.tidy(() => {
    const sizes = shapes.map(shape => shape.reduce((a, b) => a * b, 1))
    return tf.split(flat, sizes, 0).map((part, i) => tf.reshape(part, shapes[i] as number[]))
  })
