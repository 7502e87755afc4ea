import type { Owners } from '../owners.ts'
import type { Flat } from './flat.ts'
import type { FilledLossOptions } from './options.ts'

/** Token-weighted means over some tokens of a batch, and the extremes of the means of single sequences. */
interface Means {
  readonly entropy: number
  readonly kl: number
  /** Shares of tokens whose ratio is clipped from below and from above, and beyond CISPO's bound. */
  readonly low: number
  readonly high: number
  readonly beyond: number
  readonly lowMin: number
  readonly highMax: number
}

/** One pass over the tokens where `counted` is 1; all means are 0 where none is. */
const means = (
  { epsilonLow, epsilonHigh, delta }: FilledLossOptions,
  { sequences, starts, advantages, logprobs }: Flat,
  counted: Uint8Array,
  ratios: Float64Array,
  kl: Float64Array,
): Means => {
  const [least, most, cap] = [1 - epsilonLow, 1 + epsilonHigh, delta ?? Number.POSITIVE_INFINITY]
  let [tokens, surprise, divergence, low, high, beyond] = [0, 0, 0, 0, 0, 0]
  let [lowMin, highMax] = [Number.POSITIVE_INFINITY, 0]
  for (let b = 0; b < sequences; b++) {
    let [length, ownLow, ownHigh] = [0, 0, 0]
    for (let i = starts[b]!; i < starts[b + 1]!; i++) {
      if (counted[i] === 0) continue
      const ratio = ratios[i]!
      const advantage = advantages[i]!
      const capped = Math.min(ratio, cap)
      length++
      surprise -= logprobs[i]!
      divergence += kl[i]!
      if (advantage < 0) {
        if (capped < least) ownLow++
      } else if (advantage > 0) {
        if (capped > most) ownHigh++
        if (ratio > epsilonHigh) beyond++
      }
    }
    if (length === 0) continue
    tokens += length
    low += ownLow
    high += ownHigh
    lowMin = Math.min(lowMin, ownLow / length)
    highMax = Math.max(highMax, ownHigh / length)
  }
  const n = Math.max(1, tokens)
  return {
    entropy: surprise / n,
    kl: divergence / n,
    low: low / n,
    high: high / n,
    beyond: beyond / n,
    lowMin: tokens === 0 ? 0 : lowMin,
    highMax,
  }
}

/** The counted tokens of one process: 1 there, 0 elsewhere. */
export interface ProcessTokens {
  readonly process: string
  readonly counted: Uint8Array
}

/** Which counted tokens belong to which process, for every process that has any. */
export const tokensByProcess = (
  { starts, counted }: Flat,
  owners: readonly Owners<string>[],
): readonly ProcessTokens[] => {
  const found = new Map<string, Uint8Array>()
  for (const [b, row] of owners.entries())
    for (const [t, owner] of row.entries()) {
      const i = starts[b]! + t
      if (owner === null || counted[i] !== 1) continue
      const own = found.get(owner) ?? new Uint8Array(counted.length)
      own[i] = 1
      found.set(owner, own)
    }
  return Array.from(found, ([process, own]) => ({ process, counted: own }))
}

/**
 * The metrics of one loss under TRL's names, and `entropy/<process>`, `kl/<process>`, `clip_ratio/<process>` where
 * owners are given, and `sampling/missing_logprobs` where any are. Of tokens sampled from the policy at temperature 1,
 * the mean of −log π is an unbiased estimate of the mean token entropy: that is what `entropy` says.
 */
export const lossMetrics = (
  options: FilledLossOptions,
  flat: Flat,
  ratios: Float64Array,
  kl: Float64Array,
  byProcess: readonly ProcessTokens[],
): Readonly<Record<string, number>> => {
  const { type, beta } = options
  const all = means(options, flat, flat.counted, ratios, kl)
  const metrics: Record<string, number> = { entropy: all.entropy }
  const clips = type !== 'cispo' && type !== 'sapo'
  if (beta !== 0) metrics.kl = all.kl
  if (flat.missing.tokens > 0) metrics['sampling/missing_logprobs'] = flat.missing.tokens
  if (type === 'cispo') metrics.cispo_clip_ratio = all.beyond
  if (clips) {
    metrics['clip_ratio/low_mean'] = all.low
    metrics['clip_ratio/low_min'] = all.lowMin
    metrics['clip_ratio/high_mean'] = all.high
    metrics['clip_ratio/high_max'] = all.highMax
    metrics['clip_ratio/region_mean'] = all.low + all.high
  }
  for (const { process, counted } of byProcess) {
    const own = means(options, flat, counted, ratios, kl)
    metrics[`entropy/${process}`] = own.entropy
    if (beta !== 0) metrics[`kl/${process}`] = own.kl
    if (clips) metrics[`clip_ratio/${process}`] = own.low + own.high
  }
  return metrics
}
