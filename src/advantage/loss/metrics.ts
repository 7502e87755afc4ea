import type { Owners } from '../owners.ts'
import type { Flat } from './flat.ts'
import type { FilledLossOptions } from './options.ts'

interface Tally {
  readonly mean: number
  readonly min: number
  readonly max: number
}

/** Token-weighted mean over the batch, and the extremes of the means of single sequences. */
const tally = ({ sequences, starts }: Flat, counted: Uint8Array, value: (i: number) => number): Tally => {
  let sum = 0
  let tokens = 0
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  for (let b = 0; b < sequences; b++) {
    let own = 0
    let length = 0
    for (let i = starts[b] as number; i < (starts[b + 1] as number); i++) {
      if (counted[i] === 0) continue
      own += value(i)
      length++
    }
    sum += own
    tokens += length
    if (length === 0) continue
    min = Math.min(min, own / length)
    max = Math.max(max, own / length)
  }
  return tokens === 0 ? { mean: 0, min: 0, max: 0 } : { mean: sum / tokens, min, max }
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
  { type, beta, epsilonLow, epsilonHigh, delta }: FilledLossOptions,
  flat: Flat,
  ratios: Float64Array,
  kl: Float64Array,
  owners: readonly Owners<string>[] | undefined,
): Readonly<Record<string, number>> => {
  const { advantages, logprobs, counted } = flat
  const most = delta ?? Number.POSITIVE_INFINITY
  const ratio = (i: number): number => Math.min(ratios[i] as number, most)
  const low = (i: number): number => (ratio(i) < 1 - epsilonLow && (advantages[i] as number) < 0 ? 1 : 0)
  const high = (i: number): number => (ratio(i) > 1 + epsilonHigh && (advantages[i] as number) > 0 ? 1 : 0)
  const cut = (i: number): number => ((ratios[i] as number) > epsilonHigh && (advantages[i] as number) > 0 ? 1 : 0)
  const surprise = (i: number): number => -(logprobs[i] as number)
  const divergence = (i: number): number => kl[i] as number
  const metrics: Record<string, number> = { entropy: tally(flat, counted, surprise).mean }
  if (beta !== 0) metrics.kl = tally(flat, counted, divergence).mean
  const clips = type !== 'cispo' && type !== 'sapo'
  if (type === 'cispo') metrics.cispo_clip_ratio = tally(flat, counted, cut).mean
  if (clips) {
    const lows = tally(flat, counted, low)
    const highs = tally(flat, counted, high)
    metrics['clip_ratio/low_mean'] = lows.mean
    metrics['clip_ratio/low_min'] = lows.min
    metrics['clip_ratio/high_mean'] = highs.mean
    metrics['clip_ratio/high_max'] = highs.max
    metrics['clip_ratio/region_mean'] = lows.mean + highs.mean
  }
  for (const k of new Set(owners?.flat() ?? [])) {
    if (k === null || owners === undefined) continue
    const own = ofProcess(flat, owners, k)
    metrics[`entropy/${k}`] = tally(flat, own, surprise).mean
    if (beta !== 0) metrics[`kl/${k}`] = tally(flat, own, divergence).mean
    if (clips) metrics[`clip_ratio/${k}`] = tally(flat, own, i => low(i) + high(i)).mean
  }
  return metrics
}
