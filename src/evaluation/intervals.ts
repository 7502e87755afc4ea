/** An estimate and the bounds of its 95 % confidence interval. */
export interface Estimated95 {
  readonly value: number
  readonly low: number
  readonly high: number
}

/** The 97.5th percentile of the normal distribution. */
const z = 1.959963984540054

/**
 * Wilson's score interval of a share (Wilson 1927): it stays within 0 and 1 and has a width also where all agree. Undefined for no
 * trials.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { wilson } from 'kinograd/evaluation'
 *
 * const found = wilson(95, 100)
 * assert.deepEqual([found?.low.toFixed(3), found?.high.toFixed(3)], ['0.888', '0.978'])
 * ```
 */
export const wilson = (successes: number, trials: number): Estimated95 | undefined => {
  if (trials === 0) return undefined
  const share = successes / trials
  const square = (z * z) / trials
  const middle = (share + square / 2) / (1 + square)
  const half = (z / (1 + square)) * Math.sqrt((share * (1 - share)) / trials + square / (4 * trials))
  return { value: share, low: Math.max(0, middle - half), high: Math.min(1, middle + half) }
}

/** An estimate with an interval by the normal distribution, cut to what the measure can be. */
export const normal95 = (value: number, variance: number): Estimated95 => {
  const half = z * Math.sqrt(Math.max(0, variance))
  return { value, low: Math.max(-1, value - half), high: Math.min(1, value + half) }
}
