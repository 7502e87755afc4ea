import { either as E } from 'fp-ts'
import { flatFault, type RawFault, type Reward } from './raw.ts'

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

/** Puts `count` values that lie together at the front of a group where its scored members are, and 0 elsewhere. */
const spreadOut = (
  rewards: ArrayLike<Reward>,
  from: number,
  size: number,
  out: Float64Array,
  at: number,
  count: number,
) => {
  let last = count
  // From the back, where no value is written over before it was moved.
  for (let i = size - 1; i >= 0; i--) out[at + i] = rewards[from + i] === null ? 0 : out[at + --last]!
}

/**
 * The one kernel: writes the advantages of the group rewards[from … from + size) to out[at …). With `scale` they are
 * divided by std + epsilon, without it they are only centred. Constant is decided by max = min, because rounded means
 * are not. NaN in gives NaN out.
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
  let sum = 0
  // The scored members lie together at first, so that the loops below need not ask which they are.
  for (let i = from; i < from + size; i++) {
    const r = rewards[i]!
    if (r === null) continue
    out[at + count] = r
    count++
    sum += r
    if (r < min) min = r
    if (r > max) max = r
  }
  if (count < 2 || min === max) {
    out.fill(Number.isNaN(sum) ? Number.NaN : 0, at, at + size)
    return
  }
  const end = at + count
  const unit = unitFor(Math.max(Math.abs(min), Math.abs(max)))
  if (unit !== 1) {
    sum = 0
    for (let i = at; i < end; i++) sum += out[i]! * unit
  }
  const mean = sum / count
  // The rounded mean is off by less than its last digit: that rest is taken off the differences, not added to the mean,
  // where it would be lost again.
  let rest = 0
  let squares = 0
  for (let i = at; i < end; i++) {
    const d = out[i]! * unit - mean
    out[i] = d
    rest += d
    squares += d * d
  }
  rest /= count
  const spread = Math.max(0, squares - count * rest * rest)
  const divisor = scale ? Math.sqrt(spread / (count - ddof)) + epsilon * unit : unit
  for (let i = at; i < end; i++) out[i] = (out[i]! - rest) / divisor
  if (count < size) spreadOut(rewards, from, size, out, at, count)
}

/**
 * (reward − mean) / (std + epsilon) over the scored members of one group, in float64 (equation 6 of VideoP2R, arXiv
 * 2511.11113). A group whose members are all equal, or with fewer than two scored members, is exactly 0; an unscored
 * member gets 0. Finite for every finite input.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { standardise } from 'kinograd/advantage'
 *
 * const [worst, middle, best, unscored] = standardise([1, 2, 3, null], { epsilon: 0 })
 * assert.deepEqual([worst, middle, best, unscored], [-1, 0, 1, 0])
 * ```
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
 * rollout]): the form that array libraries keep them in. One array out, no objects between. Left, naming group and
 * rollout, when a reward is not finite, when groups are smaller than two, or when the last one is not whole.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { standardise, standardiseAll } from 'kinograd/advantage'
 *
 * const all = standardiseAll(Float64Array.of(1, 0, 0, 2, 1, 0), 3)
 * assert(E.isRight(all))
 * assert.deepEqual(all.right.subarray(3), standardise([2, 1, 0]))
 * ```
 */
export const standardiseAll = (
  rewards: Float64Array,
  size: number,
  { ddof = 1, epsilon = 1e-4 }: Spread = {},
): E.Either<RawFault, Float64Array> => {
  const fault = flatFault(rewards, size)
  if (fault !== null) return E.left(fault)
  const out = new Float64Array(rewards.length)
  for (let at = 0; at < rewards.length; at += size) standardiseInto(rewards, at, size, out, at, ddof, epsilon, true)
  return E.right(out)
}
