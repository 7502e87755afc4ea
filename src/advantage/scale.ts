import type { Reward } from './raw.ts'
import type { Spread } from './standardise.ts'
import { centre, standardise, standardiseInto } from './standardise.ts'

/** What a centred reward is divided by. */
export interface Scale extends Spread {
  /**
   * What the centred reward is divided by: the standard deviation of its group (default), that of all scored rewards
   * of the batch, or nothing. TRL's `scale_rewards`.
   */
  readonly scale?: 'group' | 'batch' | 'none'
}

/** One number a rollout for a whole batch: group g holds starts[g] … starts[g + 1) of it. */
export interface BatchValues {
  readonly all: Float64Array
  readonly starts: Int32Array
}

/** The numbers of one group, a view. */
export const valuesOfGroup = ({ all, starts }: BatchValues, group: number): Float64Array =>
  all.subarray(starts[group], starts[group + 1])

/**
 * Standard deviation over the scored members of all groups together; 0 when they are all equal or fewer than two. It is
 * the ratio of a centred member to the same member standardised, which neither overflows nor vanishes.
 */
const batchDeviation = (rewards: readonly Reward[], ddof: 0 | 1): number => {
  const centred = centre(rewards)
  const standard = standardise(rewards, { ddof, epsilon: 0 })
  const far = standard.reduce((best, z, i) => (Math.abs(z) > Math.abs(standard[best]!) ? i : best), 0)
  return rewards.length === 0 || standard[far] === 0 ? 0 : centred[far]! / standard[far]!
}

/** Advantages of a batch of groups for one reward: always centred by the group's own mean. */
export const scaled = (
  groups: readonly (readonly Reward[])[],
  { scale = 'group', ddof = 1, epsilon = 1e-4 }: Scale = {},
): BatchValues => {
  const starts = new Int32Array(groups.length + 1)
  let members = 0
  for (let g = 0; g < groups.length; g++) members += groups[g]!.length
  const all = new Float64Array(members)
  let at = 0
  for (let g = 0; g < groups.length; g++) {
    const rewards = groups[g]!
    standardiseInto(rewards, 0, rewards.length, all, at, ddof, epsilon, scale === 'group')
    at += rewards.length
    starts[g + 1] = at
  }
  if (scale !== 'batch') return { all, starts }
  const divisor = batchDeviation(groups.flat(), ddof) + epsilon
  for (let i = 0; i < all.length; i++) if (all[i] !== 0) all[i] = all[i]! / divisor
  return { all, starts }
}
