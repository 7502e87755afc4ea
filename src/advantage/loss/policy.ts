import type { Owners } from '../tokens.ts'
import { lossMetrics } from './metrics.ts'
import type { Objective, PerToken, Totals } from './objective.ts'
import { sameShape } from './objective.ts'
import type { FilledLossOptions, LossOptions } from './options.ts'
import { filled } from './options.ts'
import { shares } from './reduce.ts'
import type { Clip, Term } from './term.ts'
import { cispo, clipped, k3, sapo } from './term.ts'

/** What a policy loss is computed from besides the log-probabilities; every array is [sequence][token]. */
export interface LossBatch {
  readonly advantages: PerToken
  /** Log-probabilities under the policy that sampled. Left out: the current ones, that is a ratio of 1 with its gradient. */
  readonly oldLogprobs?: PerToken
  /** Log-probabilities under the reference; needed when beta is above 0. */
  readonly refLogprobs?: PerToken
  /** Tokens with mask 0 (padding, truncated completions, tools) count nowhere. All count by default. */
  readonly mask?: PerToken
  /** Multiplies each token's policy loss, not its KL: importance-sampling corrections, entropy masks. */
  readonly weights?: PerToken
  /** Log-probabilities of the sampler, for `offPolicyThreshold`; the old ones by default. */
  readonly samplingLogprobs?: PerToken
  /** The process of each token, for `segment_mean` and for metrics by process. */
  readonly owners?: readonly Owners<string>[]
  readonly totals?: Totals
}

const term = (options: FilledLossOptions, clip: Clip, ratio: number, advantage: number, logprob: number): Term => {
  if (options.type === 'cispo') return cispo(ratio, advantage, logprob, clip)
  if (options.type !== 'sapo') return clipped(ratio, advantage, clip)
  return sapo(ratio, advantage, advantage > 0 ? options.sapoTemperaturePositive : options.sapoTemperatureNegative)
}

const checked = (batch: LossBatch, beta: number, logprobs: readonly Float64Array[]): void => {
  sameShape('advantages', batch.advantages, logprobs)
  for (const name of ['oldLogprobs', 'refLogprobs', 'mask', 'weights', 'samplingLogprobs', 'owners'] as const) {
    const given = batch[name]
    if (given !== undefined) sameShape(name, given as PerToken, logprobs)
  }
  if (beta !== 0 && batch.refLogprobs === undefined)
    throw new RangeError(`beta is ${beta}, and there are no reference log-probabilities`)
}

/**
 * The policy losses of TRL's family with one advantage a token, in float64 and without tensors: the loss of a batch and
 * its analytic gradient by each token's log-probability (equations 2 and 7 of VideoP2R; TRL `_compute_loss`).
 * Checked against TRL's own code. Shapes that do not fit throw a `RangeError`; holds a few numbers a token.
 */
export const policyLoss = (options: LossOptions = {}): ((batch: LossBatch) => Objective) => {
  const o = filled(options)
  const clip: Clip = { low: o.epsilonLow, high: o.epsilonHigh, delta: o.delta }
  return batch => logprobs => {
    checked(batch, o.beta, logprobs)
    const counts = (b: number, t: number): boolean => batch.mask === undefined || batch.mask[b]?.[t] !== 0
    const lengths = logprobs.map((row, b) => row.reduce((n, _, t) => n + (counts(b, t) ? 1 : 0), 0))
    const totals = batch.totals ?? { sequences: logprobs.length, tokens: lengths.reduce((n, l) => n + l, 0) }
    const share = shares(o, lengths, totals, batch.owners, counts)
    const ratios = logprobs.map(row => new Float64Array(row.length))
    const kls = logprobs.map(row => new Float64Array(row.length))
    let loss = 0
    const gradient = logprobs.map((row, b) => {
      const out = new Float64Array(row.length)
      const length = Math.max(1, lengths[b] ?? 0)
      const old = batch.oldLogprobs?.[b] ?? row
      const sampled = batch.samplingLogprobs?.[b] ?? old
      let meanLog = 0
      let drift = 0
      for (let t = 0; t < row.length; t++) {
        if (!counts(b, t)) continue
        meanLog += ((row[t] as number) - (old[t] as number)) / length
        drift += ((sampled[t] as number) - (row[t] as number)) / length
      }
      let bySequenceRatio = 0
      for (let t = 0; t < row.length; t++) {
        const lp = row[t] as number
        const ratio = Math.exp(o.level === 'sequence' ? meanLog : lp - (old[t] as number))
        ;(ratios[b] as Float64Array)[t] = ratio
        if (!counts(b, t)) continue
        const advantage = batch.advantages[b]?.[t] as number
        const kept = o.offPolicyThreshold === null || advantage >= 0 || drift <= o.offPolicyThreshold ? 1 : 0
        const weight = kept * (batch.weights?.[b]?.[t] ?? 1) * share.policy(b, t)
        const { loss: value, byRatio, direct } = term(o, clip, ratio, advantage, lp)
        let slope = weight * byRatio
        loss += weight * value
        out[t] = (out[t] as number) + weight * direct
        if (o.beta !== 0) {
          const { kl, slope: klSlope } = k3(lp, batch.refLogprobs?.[b]?.[t] as number, o.klBound)
          const factor = o.klRatio ? ratio : 1
          ;(kls[b] as Float64Array)[t] = kl * factor
          loss += o.beta * share.kl(b) * kl * factor
          out[t] = (out[t] as number) + o.beta * share.kl(b) * klSlope * factor
          if (o.klRatio) slope += o.beta * share.kl(b) * kl
        }
        if (o.level === 'sequence') bySequenceRatio += slope * ratio
        else out[t] = (out[t] as number) + slope * ratio
      }
      if (o.level === 'sequence')
        for (let t = 0; t < row.length; t++) if (counts(b, t)) out[t] = (out[t] as number) + bySequenceRatio / length
      return out
    })
    return { loss, gradient, metrics: lossMetrics(o, batch, logprobs, ratios, kls, lengths, counts) }
  }
}
