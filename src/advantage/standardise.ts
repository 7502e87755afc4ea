import type { Reward } from './raw.ts'

/** How a standard deviation is taken. */
export interface Spread {
  /** Standard deviation over n − ddof; 1 (the default, as Video-R1 and TRL) or 0. */
  readonly ddof?: 0 | 1
  /** Added to the standard deviation, outside the root; 1e-4 by default, as Video-R1 and TRL. */
  readonly epsilon?: number
}

/** Squares of numbers beyond these bounds overflow or vanish; a power of two moves them in without rounding. */
const unitFor = (magnitude: number): number =>
  magnitude > 1e150 ? 2 ** -600 : magnitude > 0 && magnitude < 1e-100 ? 2 ** 600 : 1

/**
 * The one kernel: writes the advantages of the group rewards[from … from + size) to out[at …), which must be 0 there.
 * With `scale` they are divided by std + epsilon, without it they are only centred. Constant is decided by max = min,
 * because rounded means are not.
 */
export const standardiseInto = (
  rewards: ArrayLike<Reward>,
  from: number,
  size: number,
  out: Float64Array,
  at: number,
  ddof: number,
  epsilon: number,
  scale: boolean,
): void => {
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  let count = 0
  for (let i = 0; i < size; i++) {
    const r = rewards[from + i] as Reward
    if (r === null) continue
    count++
    if (r < min) min = r
    if (r > max) max = r
  }
  if (count < 2 || min === max) return
  const unit = unitFor(Math.max(Math.abs(min), Math.abs(max)))
  let sum = 0
  for (let i = 0; i < size; i++) {
    const r = rewards[from + i] as Reward
    if (r !== null) sum += r * unit
  }
  const mean = sum / count
  // The rounded mean is off by less than its last digit: taken off the differences, not added to the mean, where it
  // would be lost again.
  let rest = 0
  for (let i = 0; i < size; i++) {
    const r = rewards[from + i] as Reward
    if (r === null) continue
    const d = r * unit - mean
    out[at + i] = d
    rest += d
  }
  rest /= count
  let squares = 0
  for (let i = 0; i < size; i++) {
    if ((rewards[from + i] as Reward) === null) continue
    const d = (out[at + i] as number) - rest
    out[at + i] = d
    squares += d * d
  }
  const divisor = scale ? Math.sqrt(squares / (count - ddof)) + epsilon * unit : unit
  if (divisor !== 1) for (let i = 0; i < size; i++) out[at + i] = (out[at + i] as number) / divisor
}

/**
 * (reward − mean) / (std + epsilon) over the scored members of one group, in float64 (equation 6 of the paper). A group
 * whose members are all equal, or with fewer than two scored members, is exactly 0; an unscored member gets 0.
 * Finite for every finite input.
 */
export const standardise = (rewards: readonly Reward[], { ddof = 1, epsilon = 1e-4 }: Spread = {}): Float64Array => {
  const out = new Float64Array(rewards.length)
  standardiseInto(rewards, 0, rewards.length, out, 0, ddof, epsilon, true)
  return out
}

/** Reward minus the mean of the scored members, without scaling; 0 where unscored, exactly 0 in a constant group. */
export const centre = (rewards: readonly Reward[]): Float64Array => {
  const out = new Float64Array(rewards.length)
  standardiseInto(rewards, 0, rewards.length, out, 0, 1, 0, false)
  return out
}

/**
 * `standardise` for many groups of one size that lie one after the other, every member scored (rewards[group · size +
 * rollout], all finite): the form that array libraries keep them in. One array out, no objects between.
 */
export const standardiseAll = (
  rewards: Float64Array,
  size: number,
  { ddof = 1, epsilon = 1e-4 }: Spread = {},
): Float64Array => {
  const out = new Float64Array(rewards.length)
  for (let at = 0; at + size <= rewards.length; at += size)
    standardiseInto(rewards, at, size, out, at, ddof, epsilon, true)
  return out
}
