/**
 * The arithmetic mean, in float64; NaN of no values.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { mean } from 'kinograd/advantage'
 *
 * assert.equal(mean([1, 2, 6]), 3)
 * ```
 */
export const mean = (values: ArrayLike<number>): number => {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]!
  return sum / values.length
}

/** The standard deviation over n − 1; 0 for fewer than two values. */
export const sampleDeviation = (values: readonly number[]): number => {
  const centre = mean(values)
  return values.length < 2 ? 0 : Math.sqrt(values.reduce((s, v) => s + (v - centre) ** 2, 0) / (values.length - 1))
}

/**
 * The quantile at `share` (0 to 1) of values in ascending order, linear between neighbours, as numpy and torch have it
 * by default. NaN of no values.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { quantile } from 'kinograd/advantage'
 *
 * assert.equal(quantile([1, 2, 4, 8], 0.5), 3)
 * ```
 */
export const quantile = (ascending: ArrayLike<number>, share: number): number => {
  if (ascending.length === 0) return Number.NaN
  const place = share * (ascending.length - 1)
  const below = ascending[Math.floor(place)]!
  return below + (place - Math.floor(place)) * (ascending[Math.ceil(place)]! - below)
}
