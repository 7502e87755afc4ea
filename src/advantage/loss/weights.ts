import { mean, quantile } from '../moments.ts'
import { missingIn } from './batch.ts'
import type { PerToken } from './objective.ts'
import { countsIn, sameShape } from './objective.ts'

/** How ratios between the training and the sampling policy become weights. */
export interface ImportanceOptions {
  /** TRL's modes; `sequence_mask` by default, as there. `token_*` weighs each token, `sequence_*` all alike by their product. */
  readonly mode?: 'token_truncate' | 'token_mask' | 'sequence_truncate' | 'sequence_mask'
  /** Above this a ratio is cut off (truncate) or becomes 0 (mask); 3 by default. */
  readonly most?: number
  /** Below this likewise; nothing by default. */
  readonly least?: number
  /**
   * What a sampling log-probability of NaN at a token that counts stands for: `one` (default) a ratio of 1, which
   * the metric `sampling/missing_logprobs` counts; `fault` throws a `RangeError`.
   */
  readonly missingLogprobs?: 'one' | 'fault'
}

/** How far old and sampling log-probabilities are apart; 0 behind the mask, and where the sampler gave none. */
const apart = (
  oldLogprobs: readonly Float64Array[],
  samplingLogprobs: PerToken,
  mask: PerToken | undefined,
): readonly Float64Array[] => {
  const counts = countsIn(mask)
  return oldLogprobs.map((row, b) =>
    row.map((lp, t) => {
      const sampled = samplingLogprobs[b]![t]!
      return !counts(b, t) || Number.isNaN(sampled) ? 0 : lp - sampled
    }),
  )
}

/** What a ratio becomes; NaN stays NaN, for it is neither within the bounds nor beyond them. */
const bounded = (ratio: number, least: number, most: number, truncate: boolean): number => {
  if (truncate) return Math.min(Math.max(ratio, least), most)
  return ratio < least || ratio > most ? 0 : ratio
}

/** Importance-sampling weights, and what they were made of in numbers to log. */
export interface ImportanceSampling {
  /** Give them to a loss as `weights`. */
  readonly weights: readonly Float64Array[]
  readonly metrics: Readonly<Record<string, number>>
}

/** The least, the mean and the largest of some numbers under a name; nothing where there are none. */
const spreadOf = (name: string, values: readonly number[], which: readonly ('min' | 'mean' | 'max')[]) => {
  const of = {
    min: () => values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
    mean: () => mean(values),
    max: () => values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
  }
  return values.length === 0 ? {} : Object.fromEntries(which.map(each => [`${name}/${each}`, of[each]()]))
}

/**
 * Importance-sampling weights that correct for a sampler which was not the old policy itself (top-p, another engine):
 * exp(old − sampling), bounded (`vllm_importance_sampling_correction` of TRL's `grpo_trainer.py`). Tokens with mask 0
 * count in no product.
 *
 * The metrics have TRL's names: `sampling/sampling_logp_difference/mean` and `/max`, of the absolute difference over the
 * tokens that count; `sampling/importance_sampling_ratio/min`, `/mean` and `/max`, of these tokens' weights, or of the
 * sequences' in the modes that weigh sequences; and besides them `sampling/missing_logprobs`, the number of counted
 * tokens that the sampler gave no log-probability for, where there are any. A metric without a value is left out.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { importanceSampling } from 'kinograd/advantage'
 *
 * const old = [Float64Array.of(-1, -1, -1)]
 * const { weights, metrics } = importanceSampling(old, [[-1, -6, Number.NaN]], { mode: 'token_truncate' })
 * assert.deepEqual(weights, [Float64Array.of(1, 3, 1)])
 * assert.equal(metrics['sampling/sampling_logp_difference/mean'], 2.5)
 * assert.equal(metrics['sampling/missing_logprobs'], 1)
 * ```
 */
export const importanceSampling = (
  oldLogprobs: readonly Float64Array[],
  samplingLogprobs: PerToken,
  { mode = 'sequence_mask', most = 3, least = 0, missingLogprobs = 'one' }: ImportanceOptions = {},
  mask?: PerToken,
): ImportanceSampling => {
  sameShape('samplingLogprobs', samplingLogprobs, oldLogprobs)
  if (mask !== undefined) sameShape('mask', mask, oldLogprobs)
  const fault = missingLogprobs === 'fault' ? missingIn('samplingLogprobs', samplingLogprobs, mask) : null
  if (fault !== null) throw new RangeError(`${fault.cause}. ${fault.remedy}`)
  const weightOf = (difference: number): number => bounded(Math.exp(difference), least, most, mode.endsWith('truncate'))
  const byToken = mode.startsWith('token')
  const differences = apart(oldLogprobs, samplingLogprobs, mask)
  const weights = differences.map(row =>
    byToken ? row.map(weightOf) : new Float64Array(row.length).fill(weightOf(row.reduce((sum, d) => sum + d, 0))),
  )
  const counts = countsIn(mask)
  const counted = <A>(rows: PerToken, pick: (value: number, b: number, t: number) => A): readonly A[] =>
    rows.flatMap((row, b) => Array.from(row, (value, t) => (counts(b, t) ? [pick(value, b, t)] : [])).flat())
  const known = counted(samplingLogprobs, lp => !Number.isNaN(lp))
  const sizes = counted(differences, Math.abs).filter((_, i) => known[i])
  const ratios = byToken ? counted(weights, w => w) : weights.flatMap(row => Array.from(row.subarray(0, 1)))
  const missing = known.length - sizes.length
  return {
    weights,
    metrics: {
      ...spreadOf('sampling/sampling_logp_difference', sizes, ['mean', 'max']),
      ...spreadOf('sampling/importance_sampling_ratio', ratios, ['min', 'mean', 'max']),
      ...(missing === 0 ? {} : { 'sampling/missing_logprobs': missing }),
    },
  }
}

/**
 * The weights of `importanceSampling` alone.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { importanceWeights } from 'kinograd/advantage'
 *
 * // The ratio of the whole sequence, 4, is beyond 3, and masked.
 * const old = [Float64Array.of(0, 0)]
 * assert.deepEqual(importanceWeights(old, [[-Math.log(2), -Math.log(2)]]), [Float64Array.of(0, 0)])
 * ```
 */
export const importanceWeights = (
  oldLogprobs: readonly Float64Array[],
  samplingLogprobs: PerToken,
  options: ImportanceOptions = {},
  mask?: PerToken,
): readonly Float64Array[] => importanceSampling(oldLogprobs, samplingLogprobs, options, mask).weights

/**
 * Mask that leaves out every token of the completions that ran into the limit (TRL's `mask_truncated_completions`).
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { truncatedMask } from 'kinograd/advantage'
 *
 * const mask = truncatedMask([{ length: 2, ended: true }, { length: 3, ended: false }])
 * assert.deepEqual(mask, [Float64Array.of(1, 1), Float64Array.of(0, 0, 0)])
 * ```
 */
export const truncatedMask = (
  completions: readonly { readonly length: number; readonly ended: boolean }[],
): readonly Float64Array[] => completions.map(({ length, ended }) => new Float64Array(length).fill(ended ? 1 : 0))

/**
 * Weights that keep the tokens with the highest entropy, a share `kept` (0 to 1) of all counted ones (arXiv 2506.01939,
 * TRL's `top_entropy_quantile`): 1 where the entropy is at least the (1 − kept) quantile, else 0. A share beyond its
 * range, or an entropy of NaN at a token that counts, throws a `RangeError`.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { highEntropyWeights } from 'kinograd/advantage'
 *
 * assert.deepEqual(highEntropyWeights([Float64Array.of(0.1, 2, 0.3, 1)], 0.5), [Float64Array.of(0, 1, 0, 1)])
 * ```
 */
export const highEntropyWeights = (
  entropies: readonly Float64Array[],
  kept: number,
  mask?: PerToken,
): readonly Float64Array[] => {
  if (!(kept >= 0 && kept <= 1)) throw new RangeError(`the share of tokens to keep is ${kept}, and must be 0 to 1`)
  if (mask !== undefined) sameShape('mask', mask, entropies)
  const counts = countsIn(mask)
  const ascending = Float64Array.from(
    entropies.flatMap((row, b) => Array.from(row).filter((_, t) => counts(b, t))),
  ).sort()
  // NaN is sorted behind all numbers.
  if (Number.isNaN(ascending.at(-1))) throw new RangeError('the entropy of a token that counts is NaN')
  const threshold = quantile(ascending, 1 - kept)
  return entropies.map((row, b) => row.map((h, t) => (counts(b, t) && h >= threshold ? 1 : 0)))
}
