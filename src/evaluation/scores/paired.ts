import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

/** log Γ(n + 1), by summing: n is a count of items. */
const logFactorials = (most: number): Float64Array => {
  const sums = new Float64Array(most + 1)
  for (let n = 2; n <= most; n++) sums[n] = sums[n - 1]! + Math.log(n)
  return sums
}

/**
 * McNemar's exact test: the two-sided chance of items that only one of two got right being parted so unevenly, or more, if both were
 * equally good. Binomial, without the approximation by χ².
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { mcnemarExact } from 'kinograd/evaluation'
 *
 * assert.equal(mcnemarExact(1, 7).toFixed(6), '0.070313')
 * assert.equal(mcnemarExact(5, 5), 1)
 * ```
 */
export const mcnemarExact = (onlyFirst: number, onlySecond: number): number => {
  const n = onlyFirst + onlySecond
  const least = Math.min(onlyFirst, onlySecond)
  const log = logFactorials(n)
  let tail = 0
  for (let k = 0; k <= least; k++) tail += Math.exp(log[n]! - log[k]! - log[n - k]! - n * Math.LN2)
  return Math.min(1, 2 * tail)
}

/** A mean of differences, and the 2.5th and 97.5th percentile of what resampling gives. */
export interface PairedDifference {
  readonly value: number
  readonly low: number
  readonly high: number
}

/**
 * The paired bootstrap: the mean of differences between two policies on the same items, with a 95 % percentile interval over `draws`
 * resamplings of the items. The same seed gives the same interval. Undefined of nothing.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { pairedBootstrap } from 'kinograd/evaluation'
 *
 * const found = pairedBootstrap([1, 0, 0, -1, 1, 1], { seed: 1 })
 * assert(found !== undefined && found.low < found.value && found.value < found.high)
 * ```
 */
export const pairedBootstrap = (
  differences: readonly number[],
  { draws = 2000, seed = 1 }: { readonly draws?: number; readonly seed?: number } = {},
): PairedDifference | undefined => {
  const n = differences.length
  if (n === 0) return undefined
  const random = xoroshiro128plus(seed)
  const values = Float64Array.from(differences)
  const means = new Float64Array(draws)
  for (let draw = 0; draw < draws; draw++) {
    let sum = 0
    for (let i = 0; i < n; i++) sum += values[uniformInt(random, 0, n - 1)]!
    means[draw] = sum / n
  }
  means.sort()
  const at = (share: number): number => means[Math.min(draws - 1, Math.max(0, Math.round(share * (draws - 1))))]!
  return { value: values.reduce((sum, x) => sum + x, 0) / n, low: at(0.025), high: at(0.975) }
}
