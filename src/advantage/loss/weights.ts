import type { PerToken } from './objective.ts'
import { sameShape } from './objective.ts'

/** How ratios between the training and the sampling policy become weights. */
export interface ImportanceOptions {
  /** TRL's modes; `sequence_mask` by default, as there. `token_*` weighs each token, `sequence_*` all alike by their product. */
  readonly mode?: 'token_truncate' | 'token_mask' | 'sequence_truncate' | 'sequence_mask'
  /** Above this a ratio is cut off (truncate) or becomes 0 (mask); 3 by default. */
  readonly most?: number
  /** Below this likewise; nothing by default. */
  readonly least?: number
}

/**
 * Importance-sampling weights that correct for a sampler which was not the old policy itself (top-p, another engine):
 * exp(old − sampling), bounded. Give them to a loss as `weights`; tokens with mask 0 count in no product.
 */
export const importanceWeights = (
  oldLogprobs: readonly Float64Array[],
  samplingLogprobs: PerToken,
  { mode = 'sequence_mask', most = 3, least = 0 }: ImportanceOptions = {},
  mask?: PerToken,
): readonly Float64Array[] => {
  sameShape('samplingLogprobs', samplingLogprobs, oldLogprobs)
  if (mask !== undefined) sameShape('mask', mask, oldLogprobs)
  const bounded = (ratio: number): number =>
    mode.endsWith('truncate') ? Math.min(Math.max(ratio, least), most) : ratio >= least && ratio <= most ? ratio : 0
  return oldLogprobs.map((row, b) => {
    const apart = row.map((lp, t) => (mask?.[b]?.[t] === 0 ? 0 : lp - (samplingLogprobs[b]?.[t] as number)))
    if (mode.startsWith('token')) return apart.map(d => bounded(Math.exp(d)))
    return apart.fill(bounded(Math.exp(apart.reduce((sum, d) => sum + d, 0))))
  })
}

/** Mask that leaves out every token of the completions that ran into the limit (TRL's `mask_truncated_completions`). */
export const truncatedMask = (
  completions: readonly { readonly length: number; readonly ended: boolean }[],
): readonly Float64Array[] => completions.map(({ length, ended }) => new Float64Array(length).fill(ended ? 1 : 0))

/**
 * Weights that keep the tokens with the highest entropy, a share `quantile` of all counted ones (arXiv 2506.01939,
 * TRL's `top_entropy_quantile`): 1 where the entropy is at least the (1 − quantile) quantile, else 0.
 */
export const highEntropyWeights = (
  entropies: readonly Float64Array[],
  quantile: number,
  mask?: PerToken,
): readonly Float64Array[] => {
  if (mask !== undefined) sameShape('mask', mask, entropies)
  const counts = (b: number, t: number): boolean => mask?.[b]?.[t] !== 0
  const sorted = entropies.flatMap((row, b) => Array.from(row).filter((_, t) => counts(b, t))).toSorted((a, b) => a - b)
  if (sorted.length === 0) return entropies.map(row => row.map(() => 0))
  const at = (1 - quantile) * (sorted.length - 1)
  const below = sorted[Math.floor(at)] as number
  const threshold = below + (at - Math.floor(at)) * ((sorted[Math.ceil(at)] as number) - below)
  return entropies.map((row, b) => row.map((h, t) => (counts(b, t) && h >= threshold ? 1 : 0)))
}
