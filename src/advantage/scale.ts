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
export interface Flat {
  readonly all: Float64Array
  readonly starts: Int32Array
}

/** The numbers of one group, a view. */
export const ofGroup = ({ all, starts }: Flat, group: number): Float64Array =>
  all.subarray(starts[group], starts[group + 1])

/**
 * Standard deviation over the scored members of all groups together; 0 when they are all equal or fewer than two. It is
 * the ratio of a centred member to the same member standardised, which neither overflows nor vanishes.
 */
const batchStd = (rewards: readonly Reward[], ddof: 0 | 1): number => {
  const centred = centre(rewards)
  const standard = standardise(rewards, { ddof, epsilon: 0 })
  const far = standard.reduce((best, z, i) => (Math.abs(z) > Math.abs(standard[best] as number) ? i : best), 0)
  return rewards.length === 0 || standard[far] === 0 ? 0 : (centred[far] as number) / (standard[far] as number)
}

/** Advantages of a batch of groups for one reward: always centred by the group's own mean. */
export const scaled = (
  groups: readonly (readonly Reward[])[],
  { scale = 'group', ddof = 1, epsilon = 1e-4 }: Scale = {},
): Flat => {
  const starts = new Int32Array(groups.length + 1)
  for (let g = 0; g < groups.length; g++)
    starts[g + 1] = (starts[g] as number) + (groups[g] as readonly Reward[]).length
  const all = new Float64Array(starts[groups.length] as number)
  for (let g = 0; g < groups.length; g++) {
    const rewards = groups[g] as readonly Reward[]
    standardiseInto(rewards, 0, rewards.length, all, starts[g] as number, ddof, epsilon, scale === 'group')
  }
  if (scale !== 'batch') return { all, starts }
  const divisor = batchStd(groups.flat(), ddof) + epsilon
  for (let i = 0; i < all.length; i++) if (all[i] !== 0) all[i] = (all[i] as number) / divisor
  return { all, starts }
}
