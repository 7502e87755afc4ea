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
    for (let i = starts[b] as number; i < (starts[b + 1] as number); i++) {
      if (counted[i] === 0) continue
      const ratio = ratios[i] as number
      const advantage = advantages[i] as number
      const capped = Math.min(ratio, cap)
      length++
      surprise -= logprobs[i] as number
      divergence += kl[i] as number
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

/** 1 for the counted tokens of one process. */
const ofProcess = ({ starts, counted }: Flat, owners: readonly Owners<string>[], process: string): Uint8Array => {
  const own = new Uint8Array(counted.length)
  for (const [b, row] of owners.entries())
    for (const [t, owner] of row.entries()) {
      const i = (starts[b] as number) + t
      if (owner === process && counted[i] === 1) own[i] = 1
    }
  return own
}

/**
 * The metrics of one loss under TRL's names, and `entropy/<process>`, `kl/<process>`, `clip_ratio/<process>` where
 * owners are given. Of tokens sampled from the policy at temperature 1, the mean of −log π is an unbiased estimate of
 * the mean token entropy: that is what `entropy` says.
 */
export const lossMetrics = (
  options: FilledLossOptions,
  flat: Flat,
  ratios: Float64Array,
  kl: Float64Array,
  owners: readonly Owners<string>[] | undefined,
): Readonly<Record<string, number>> => {
  const { type, beta } = options
  const all = means(options, flat, flat.counted, ratios, kl)
  const metrics: Record<string, number> = { entropy: all.entropy }
  const clips = type !== 'cispo' && type !== 'sapo'
  if (beta !== 0) metrics.kl = all.kl
  if (type === 'cispo') metrics.cispo_clip_ratio = all.beyond
  if (clips) {
    metrics['clip_ratio/low_mean'] = all.low
    metrics['clip_ratio/low_min'] = all.lowMin
    metrics['clip_ratio/high_mean'] = all.high
    metrics['clip_ratio/high_max'] = all.highMax
    metrics['clip_ratio/region_mean'] = all.low + all.high
  }
  for (const k of new Set(owners?.flat() ?? [])) {
    if (k === null || owners === undefined) continue
    const own = means(options, flat, ofProcess(flat, owners, k), ratios, kl)
    metrics[`entropy/${k}`] = own.entropy
    if (beta !== 0) metrics[`kl/${k}`] = own.kl
    if (clips) metrics[`clip_ratio/${k}`] = own.low + own.high
  }
  return metrics
}
