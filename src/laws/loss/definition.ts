import type { LossBatch, LossOptions, LossType } from '../../advantage/index.ts'
import {
  between,
  derivatives,
  exponential,
  given,
  held,
  least,
  plus,
  product,
  shifted,
  sigmoid,
  type Traced,
  times,
} from './derivative.ts'

/**
 * Which loss it is. The options of `policyLoss` with their defaults; `likelihood` is the supervised loss. `kl` names the
 * estimator: `k3` (default) e^x − x − 1, `k1` −x, `k2` x²/2, with x = reference − logprob (Schulman, "Approximating KL
 * divergence").
 */
export interface LossDefinition
  extends Pick<
    LossOptions,
    | 'level'
    | 'beta'
    | 'epsilonLow'
    | 'epsilonHigh'
    | 'delta'
    | 'maxCompletionLength'
    | 'sapoTemperaturePositive'
    | 'sapoTemperatureNegative'
    | 'klBound'
    | 'klRatio'
    | 'offPolicyThreshold'
    | 'importanceSampling'
  > {
  readonly type: LossType | 'likelihood'
  readonly kl?: 'k1' | 'k2' | 'k3'
}

/** What a loss and its gradient are by definition. */
export interface Exact {
  readonly loss: number
  readonly gradient: readonly (readonly number[])[]
}

/** One counted token. */
interface Token {
  readonly b: number
  readonly t: number
  readonly lp: Traced
  readonly old: number | null
  readonly advantage: number
  readonly reference: number
  readonly weight: number
  readonly sampling: number | null
  readonly owner: string | null
}

const tokensOf = (logprobs: readonly ArrayLike<number>[], batch: LossBatch): readonly (readonly Token[])[] =>
  logprobs.map((row, b) =>
    Array.from(row, (lp, t) => ({
      b,
      t,
      lp: given(lp),
      old: batch.oldLogprobs?.[b]?.[t] ?? null,
      advantage: batch.advantages[b]?.[t] ?? Number.NaN,
      reference: batch.refLogprobs?.[b]?.[t] ?? Number.NaN,
      weight: batch.weights?.[b]?.[t] ?? 1,
      sampling: batch.samplingLogprobs?.[b]?.[t] ?? null,
      owner: batch.owners?.[b]?.[t] ?? null,
    })).filter((_, t) => batch.mask?.[b]?.[t] !== 0),
  )

const mean = (values: readonly Traced[]): Traced => times(plus(...values), 1 / Math.max(1, values.length))

/** log π/π_old of every token: its own, or the mean of its sequence (GSPO, arXiv 2507.18071, equation 7). */
const ratiosOf = (tokens: readonly Token[], level: 'token' | 'sequence'): readonly Traced[] => {
  const logs = tokens.map(({ lp, old }) => shifted(lp, -(old ?? lp.value)))
  const ratio = exponential(mean(logs))
  return logs.map(log => (level === 'token' ? exponential(log) : ratio))
}

type Optional = 'delta' | 'offPolicyThreshold' | 'importanceSampling'
type Filled = Required<Omit<LossDefinition, Optional>> & Pick<LossDefinition, Optional>

const filled = (d: LossDefinition): Filled => ({
  level: 'token',
  beta: 0.04,
  epsilonLow: 0.2,
  epsilonHigh: d.type === 'cispo' ? 5 : (d.epsilonLow ?? 0.2),
  maxCompletionLength: 1,
  sapoTemperaturePositive: 1,
  sapoTemperatureNegative: 1.05,
  klBound: Number.POSITIVE_INFINITY,
  klRatio: false,
  kl: 'k3',
  ...d,
})

/** The policy term of a token, to be made small (TRL `_compute_loss`). */
const term = (w: Traced, { lp, advantage }: Token, o: Filled): Traced => {
  switch (o.type) {
    case 'likelihood':
      return times(lp, -1)
    case 'cispo': // arXiv 2506.13585, equation 5
      return times(product(held(between(w, 0, o.epsilonHigh)), lp), -advantage)
    case 'sapo': {
      // arXiv 2511.20347, equation 5
      const tau = advantage > 0 ? o.sapoTemperaturePositive : o.sapoTemperatureNegative
      return times(sigmoid(times(shifted(w, -1), tau)), (-4 * advantage) / tau)
    }
    default: {
      // arXiv 2402.03300, equation 3; delta bounds the free ratio (arXiv 2505.07291)
      const free = o.delta == null ? w : between(w, Number.NEGATIVE_INFINITY, o.delta)
      return times(least(times(free, advantage), times(between(w, 1 - o.epsilonLow, 1 + o.epsilonHigh), advantage)), -1)
    }
  }
}

const divergence = (w: Traced, { lp, reference }: Token, o: Filled): Traced => {
  const x = between(shifted(times(lp, -1), reference), -o.klBound, o.klBound)
  const one = {
    k1: () => times(x, -1),
    k2: () => times(product(x, x), 0.5),
    k3: () => shifted(plus(exponential(x), times(x, -1)), -1),
  }[o.kl]()
  return o.klRatio ? product(one, w) : one
}

/** Sequences whose policy went too far from what sampled them teach nothing bad: TRL `off_policy_mask_threshold`. */
const dropped = (tokens: readonly Token[], threshold: number | null | undefined): ((token: Token) => boolean) => {
  if (threshold == null) return () => false
  const drift = mean(tokens.map(({ lp, old, sampling }) => given((sampling ?? old ?? lp.value) - lp.value))).value
  return ({ advantage }) => drift > threshold && advantage < 0
}

/**
 * What each token of a sequence is weighed by: exp(trainer − sampler) of itself or of the sequence, cut off or masked beyond the bounds
 * (Yao et al. 2025; TRL `vllm_importance_sampling_correction`). A number, and so a constant to the gradient.
 */
const importance = (tokens: readonly Token[], options: LossDefinition['importanceSampling']): readonly number[] => {
  if (options == null) return tokens.map(() => 1)
  const { mode = 'sequence_mask', most = 3, least = 0 } = options
  const apart = tokens.map(({ lp, old, sampling }) => (sampling === null ? 0 : (old ?? lp.value) - sampling))
  const whole = apart.reduce((a, b) => a + b, 0)
  return apart.map(own => {
    const ratio = Math.exp(mode.startsWith('token') ? own : whole)
    if (mode.endsWith('truncate')) return Math.max(least, Math.min(ratio, most))
    return ratio > most || ratio < least ? 0 : ratio
  })
}

/** One sequence's sums: of its policy terms by the token's process, and of its KL. */
interface Sums {
  readonly length: number
  readonly terms: readonly (readonly [Token, Traced])[]
  readonly kl: readonly Traced[]
}

const sumsOf = (tokens: readonly Token[], o: Filled): Sums => {
  const ratios = ratiosOf(tokens, o.level)
  const gone = dropped(tokens, o.offPolicyThreshold)
  const weights = importance(tokens, o.importanceSampling)
  const at = (i: number): Traced => ratios[i] ?? given(1)
  return {
    length: tokens.length,
    terms: tokens.map((token, i) => [
      token,
      times(term(at(i), token, o), gone(token) ? 0 : o.type === 'likelihood' ? 1 : token.weight * weights[i]!),
    ]),
    kl:
      o.beta === 0 || o.type === 'likelihood'
        ? []
        : tokens.map((token, i) => times(divergence(at(i), token, o), o.beta)),
  }
}

/** What a token's loss is divided by, besides the number of sequences where that counts. */
const overall = (sequences: readonly Sums[], { totals }: LossBatch, o: Filled): Traced => {
  const tokens = totals?.tokens ?? sequences.reduce((n, { length }) => n + length, 0)
  const count = totals?.sequences ?? sequences.length
  const all = plus(...sequences.flatMap(({ terms, kl }) => [...terms.map(([, one]) => one), ...kl]))
  switch (o.type) {
    case 'likelihood':
      return times(
        all,
        1 /
          Math.max(
            1,
            sequences.reduce((n, { length }) => n + length, 0),
          ),
      )
    case 'bnpo': // mean over the tokens of the batch
    case 'dapo': // arXiv 2503.14476, equation 12
    case 'cispo':
      return times(all, 1 / Math.max(1, tokens))
    case 'dr_grpo': // arXiv 2503.20783, section 3.2
      return times(all, 1 / (count * o.maxCompletionLength))
    case 'segment_mean': // VideoP2R, equation 7: the mean of each process, added; KL over the sequence
      return times(plus(...sequences.map(one => plus(bySegment(one), mean(one.kl)))), 1 / count)
    default: // mean over a sequence's tokens, then over sequences
      return times(
        plus(...sequences.map(({ terms, kl }) => plus(mean(terms.map(([, one]) => one)), mean(kl)))),
        1 / count,
      )
  }
}

const bySegment = ({ terms }: Sums): Traced => {
  const owners = new Set(terms.map(([{ owner }]) => owner).filter(owner => owner !== null))
  return plus(...[...owners].map(own => mean(terms.filter(([{ owner }]) => owner === own).map(([, one]) => one))))
}

/** The loss and its exact gradient by definition; tokens with mask 0 are not there. */
export const lossByDefinition = (
  d: LossDefinition,
  batch: LossBatch,
  logprobs: readonly ArrayLike<number>[],
): Exact => {
  const o = filled(d)
  const rows = tokensOf(logprobs, batch)
  const loss = overall(
    rows.map(tokens => sumsOf(tokens, o)),
    batch,
    o,
  )
  const tokens = rows.flat()
  const slopes = derivatives(
    loss,
    tokens.map(({ lp }) => lp),
  )
  const gradient = logprobs.map(row => Array.from(row, () => 0))
  for (const [i, { b, t }] of tokens.entries()) gradient[b]![t] = slopes[i] ?? 0
  return { loss: loss.value, gradient }
}
