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

/**
 * Advantages of a batch of groups for one reward: always centred by the group's own mean. The arrays of the groups are
 * views of one buffer.
 */
export const scaled = (
  groups: readonly (readonly Reward[])[],
  { scale = 'group', ddof = 1, epsilon = 1e-4 }: Scale = {},
): readonly Float64Array[] => {
  const all = new Float64Array(groups.reduce((sum, g) => sum + g.length, 0))
  let at = 0
  const views = groups.map(g => {
    standardiseInto(g, 0, g.length, all, at, ddof, epsilon, scale === 'group')
    at += g.length
    return all.subarray(at - g.length, at)
  })
  if (scale !== 'batch') return views
  const divisor = batchStd(groups.flat(), ddof) + epsilon
  for (let i = 0; i < all.length; i++) if (all[i] !== 0) all[i] = (all[i] as number) / divisor
  return views
}
