import { checkBatch, knownLogprobs, type LossBatch } from './batch.ts'
import { type Flat, flatten, load, unflatten } from './flat.ts'
import { addKl } from './kl.ts'
import { lossMetrics, type ProcessTokens, tokensByProcess } from './metrics.ts'
import type { Objective } from './objective.ts'
import { type FilledLossOptions, filled, type LossOptions } from './options.ts'
import { addThroughRatios, offPolicyMask, setRatios } from './ratio.ts'
import { type Shares, shares } from './reduce.ts'
import { addTerms } from './terms.ts'
import { importanceOf } from './truncated.ts'

/** What does not change from call to call, and arrays that are used again. */
interface Work {
  readonly flat: Flat
  readonly share: Shares
  readonly byProcess: readonly ProcessTokens[]
  readonly ratios: Float64Array
  readonly slopes: Float64Array
  readonly kl: Float64Array
}

const times = (values: Float64Array, by: Float64Array | null): Float64Array =>
  by === null ? values : values.map((value, i) => value * by[i]!)

const prepare = (o: FilledLossOptions, batch: LossBatch): Work => {
  const known = o.missingLogprobs === 'fault' ? knownLogprobs(batch) : null
  if (known?._tag === 'Left') throw new RangeError(`${known.left.cause}. ${known.left.remedy}`)
  const flat = flatten(batch)
  const totals = batch.totals ?? { sequences: flat.sequences, tokens: flat.lengths.reduce((n, l) => n + l, 0) }
  const { policy, kl } = shares(o, flat, totals, batch.owners)
  const array = (): Float64Array => new Float64Array(policy.length)
  return {
    flat,
    share: { policy: times(policy, flat.weights), kl },
    byProcess: tokensByProcess(flat, batch.owners ?? []),
    ratios: array(),
    slopes: array(),
    kl: array(),
  }
}

/**
 * The policy losses of TRL's family with one advantage a token, in float64 and without tensors: the loss of a batch and
 * its analytic gradient by each token's log-probability (equations 2 and 7 of VideoP2R, arXiv 2511.11113; `_compute_loss`
 * of TRL's `grpo_trainer.py`, against which it is checked). What stands behind the mask is never looked at. Shapes that
 * do not fit throw a `RangeError`. The batch is copied at the first call; the objective holds some ten numbers a token,
 * every call makes one more.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { policyLoss } from 'kinograd/advantage'
 *
 * const batch = { advantages: [[1, 1, -1]], mask: [[1, 1, 0]] }
 * const { loss, gradient } = policyLoss({ beta: 0 })(batch)([Float64Array.of(-0.7, -0.2, Number.NaN)])
 * // On-policy the ratio is 1: the loss is the mean of −advantage, and its gradient −advantage / length.
 * assert.equal(loss, -1)
 * assert.deepEqual(gradient, [Float64Array.of(-0.5, -0.5, 0)])
 * ```
 */
export const policyLoss = (options: LossOptions = {}): ((batch: LossBatch) => Objective) => {
  const o = filled(options)
  return batch => {
    let work: Work | undefined
    return logprobs => {
      checkBatch(batch, o.beta, logprobs)
      work ??= prepare(o, batch)
      const { flat, share, byProcess, ratios, slopes, kl } = work
      load(flat, logprobs)
      setRatios(flat, o.level, ratios)
      const importance = o.importanceSampling === null ? null : importanceOf(o.importanceSampling, batch, logprobs)
      const policy = times(share.policy, importance?.weights ?? null)
      const weight = o.offPolicyThreshold === null ? policy : times(policy, offPolicyMask(flat, o.offPolicyThreshold))
      const direct = new Float64Array(weight.length)
      slopes.fill(0)
      const loss = addTerms(o, flat, { weight, ratios, slopes, direct })
      const klLoss = addKl(o, flat, share.kl, { ratios, slopes, direct, kl })
      addThroughRatios(flat, o.level, ratios, slopes, direct)
      return {
        loss: loss + klLoss,
        gradient: unflatten(flat, direct),
        metrics: { ...lossMetrics(o, flat, ratios, kl, byProcess), ...importance?.metrics },
      }
    }
  }
}
