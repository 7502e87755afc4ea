import { checkBatch, type LossBatch } from './batch.ts'
import { flatten, unflatten } from './flat.ts'
import { addKl } from './kl.ts'
import { lossMetrics } from './metrics.ts'
import type { Objective } from './objective.ts'
import { type FilledLossOptions, filled, type LossOptions } from './options.ts'
import { offPolicyMask, ratiosOf, throughRatios } from './ratio.ts'
import { shares } from './reduce.ts'
import { type Clip, cispo, clipped, sapo, type Term } from './term.ts'

const term = (options: FilledLossOptions, clip: Clip, ratio: number, advantage: number, logprob: number): Term => {
  if (options.type === 'cispo') return cispo(ratio, advantage, logprob, clip)
  if (options.type !== 'sapo') return clipped(ratio, advantage, clip)
  return sapo(ratio, advantage, advantage > 0 ? options.sapoTemperaturePositive : options.sapoTemperatureNegative)
}

/**
 * The policy losses of TRL's family with one advantage a token, in float64 and without tensors: the loss of a batch and
 * its analytic gradient by each token's log-probability (equations 2 and 7 of VideoP2R; TRL `_compute_loss`).
 * Checked against TRL's own code. Shapes that do not fit throw a `RangeError`; holds some ten numbers a token.
 */
export const policyLoss = (options: LossOptions = {}): ((batch: LossBatch) => Objective) => {
  const o = filled(options)
  const clip: Clip = { low: o.epsilonLow, high: o.epsilonHigh, delta: o.delta }
  return batch => logprobs => {
    checkBatch(batch, o.beta, logprobs)
    const flat = flatten(batch, logprobs)
    const totals = batch.totals ?? { sequences: flat.sequences, tokens: flat.lengths.reduce((n, l) => n + l, 0) }
    const share = shares(o, flat, totals, batch.owners)
    const ratios = ratiosOf(flat, o.level)
    const kept = o.offPolicyThreshold === null ? null : offPolicyMask(flat, o.offPolicyThreshold)
    const direct = new Float64Array(flat.logprobs.length)
    const slopes = new Float64Array(flat.logprobs.length)
    let loss = 0
    for (let i = 0; i < direct.length; i++) {
      const weight = (share.policy[i] as number) * (flat.weights?.[i] ?? 1) * (kept?.[i] ?? 1)
      if (weight === 0) continue
      const made = term(o, clip, ratios[i] as number, flat.advantages[i] as number, flat.logprobs[i] as number)
      loss += weight * made.loss
      slopes[i] = weight * made.byRatio
      direct[i] = weight * made.direct
    }
    const { loss: klLoss, kl } = addKl(o, flat, share.kl, ratios, direct, slopes)
    throughRatios(flat, o.level, ratios, slopes)
    for (let i = 0; i < direct.length; i++) direct[i] = (direct[i] as number) + (slopes[i] as number)
    return {
      loss: loss + klLoss,
      gradient: unflatten(flat, direct),
      metrics: lossMetrics(o, flat, ratios, kl, batch.owners),
    }
  }
}
