import type { Reward } from './raw.ts'

/** Mean, spread and count of the scored members of a group, in units of `unit` (a power of two, 1 but at extremes). */
interface Moments {
  readonly count: number
  readonly constant: boolean
  /** r·unit − mean, 0 where unscored; sums to 0 up to rounding. */
  readonly centred: Float64Array
  /** Σ centred², in unit². */
  readonly squares: number
  readonly unit: number
}

/** Squares of numbers beyond these bounds overflow or vanish; a power of two moves them in without rounding. */
const unitFor = (magnitude: number): number =>
  magnitude > 1e150 ? 2 ** -600 : magnitude > 0 && magnitude < 1e-100 ? 2 ** 600 : 1

/** The members of one group, centred. Constant is decided by max = min, because rounded means are not. */
export const moments = (rewards: readonly Reward[]): Moments => {
  const size = rewards.length
  const centred = new Float64Array(size)
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  let count = 0
  for (let i = 0; i < size; i++) {
    const r = rewards[i]
    if (r === null || r === undefined) continue
    count++
    if (r < min) min = r
    if (r > max) max = r
  }
  if (count < 2 || min === max) return { count, constant: true, centred, squares: 0, unit: 1 }
  const unit = unitFor(Math.max(Math.abs(min), Math.abs(max)))
  let sum = 0
  for (let i = 0; i < size; i++) sum += (rewards[i] ?? 0) * unit
  const mean = sum / count
  // The rounded mean is off by less than its last digit: taken off the differences, not added to the mean, where it
  // would be lost again.
  let rest = 0
  for (let i = 0; i < size; i++) rest += rewards[i] === null ? 0 : (rewards[i] as number) * unit - mean
  rest /= count
  let squares = 0
  for (let i = 0; i < size; i++) {
    const r = rewards[i]
    if (r === null || r === undefined) continue
    const d = r * unit - mean - rest
    centred[i] = d
    squares += d * d
  }
  return { count, constant: false, centred, squares, unit }
}

export interface Spread {
  /** Standard deviation over n − ddof; 1 (the default, as Video-R1 and TRL) or 0. */
  readonly ddof?: 0 | 1
  /** Added to the standard deviation, outside the root; 1e-4 by default, as Video-R1 and TRL. */
  readonly epsilon?: number
}

/**
 * (reward − mean) / (std + epsilon) over the scored members of one group, in float64 (equation 6 of the paper). A group
 * whose members are all equal, or with fewer than two scored members, is exactly 0; an unscored member gets 0.
 * Finite for every finite input.
 */
export const standardise = (rewards: readonly Reward[], { ddof = 1, epsilon = 1e-4 }: Spread = {}): Float64Array => {
  const { count, constant, centred, squares, unit } = moments(rewards)
  if (constant) return centred
  const divisor = Math.sqrt(squares / (count - ddof)) + epsilon * unit
  for (let i = 0; i < centred.length; i++) centred[i] = (centred[i] as number) / divisor
  return centred
}

/** Reward minus the mean of the scored members, without scaling; 0 where unscored, exactly 0 in a constant group. */
export const centre = (rewards: readonly Reward[]): Float64Array => {
  const { centred, unit } = moments(rewards)
  return unit === 1 ? centred : centred.map(d => d / unit)
}
