import type { FilledLossOptions } from './options.ts'
import type { LossBatch } from './policy.ts'

interface Tally {
  readonly mean: number
  readonly min: number
  readonly max: number
}

/** Token-weighted mean over the batch, and the extremes of the means of single sequences. */
const tally = (
  lengths: readonly number[],
  counts: (b: number, t: number) => boolean,
  value: (b: number, t: number) => number,
  sizes: readonly number[],
): Tally => {
  let sum = 0
  let tokens = 0
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  for (const [b, size] of sizes.entries()) {
    let own = 0
    for (let t = 0; t < size; t++) if (counts(b, t)) own += value(b, t)
    const length = lengths[b] ?? 0
    sum += own
    tokens += length
    if (length === 0) continue
    min = Math.min(min, own / length)
    max = Math.max(max, own / length)
  }
  return { mean: sum / Math.max(1, tokens), min: tokens === 0 ? 0 : min, max: tokens === 0 ? 0 : max }
}

/** The metrics of one loss under TRL's names, and `entropy/<process>`, `kl/<process>`, `clip_ratio/<process>` where owners are given. */
export const lossMetrics = (
  { type, beta, epsilonLow, epsilonHigh, delta }: FilledLossOptions,
  { advantages, owners }: LossBatch,
  logprobs: readonly Float64Array[],
  ratios: readonly Float64Array[],
  kls: readonly Float64Array[],
  lengths: readonly number[],
  counts: (b: number, t: number) => boolean,
): Readonly<Record<string, number>> => {
  const sizes = ratios.map(r => r.length)
  const ratio = (b: number, t: number): number => Math.min(ratios[b]?.[t] as number, delta ?? Number.POSITIVE_INFINITY)
  const advantage = (b: number, t: number): number => advantages[b]?.[t] as number
  const low = (b: number, t: number): number => (ratio(b, t) < 1 - epsilonLow && advantage(b, t) < 0 ? 1 : 0)
  const high = (b: number, t: number): number => (ratio(b, t) > 1 + epsilonHigh && advantage(b, t) > 0 ? 1 : 0)
  const cut = (b: number, t: number): number =>
    (ratios[b]?.[t] as number) > epsilonHigh && advantage(b, t) > 0 ? 1 : 0
  const of = (value: (b: number, t: number) => number): Tally => tally(lengths, counts, value, sizes)
  // Sampled from the policy at temperature 1, the mean of −log π is an unbiased estimate of the mean token entropy.
  const surprise = (b: number, t: number): number => -(logprobs[b]?.[t] as number)
  const metrics: Record<string, number> = { entropy: of(surprise).mean }
  if (beta !== 0) metrics.kl = of((b, t) => kls[b]?.[t] as number).mean
  if (type === 'cispo') metrics.cispo_clip_ratio = of(cut).mean
  else if (type !== 'sapo') {
    const lows = of(low)
    const highs = of(high)
    metrics['clip_ratio/low_mean'] = lows.mean
    metrics['clip_ratio/low_min'] = lows.min
    metrics['clip_ratio/high_mean'] = highs.mean
    metrics['clip_ratio/high_max'] = highs.max
    metrics['clip_ratio/region_mean'] = lows.mean + highs.mean
  }
  if (owners === undefined) return metrics
  const processes = [...new Set(owners.flat())].filter(k => k !== null)
  for (const k of processes) {
    const mine = (b: number, t: number): boolean => counts(b, t) && owners[b]?.[t] === k
    const own = sizes.map((size, b) => Array.from({ length: size }, (_, t) => mine(b, t)).filter(Boolean).length)
    metrics[`entropy/${k}`] = tally(own, mine, surprise, sizes).mean
    if (beta !== 0) metrics[`kl/${k}`] = tally(own, mine, (b, t) => kls[b]?.[t] as number, sizes).mean
    if (type !== 'cispo' && type !== 'sapo')
      metrics[`clip_ratio/${k}`] = tally(own, mine, (b, t) => low(b, t) + high(b, t), sizes).mean
  }
  return metrics
}
