import type { Reward } from './raw.ts'
import type { Spread } from './standardise.ts'
import { centre, moments, standardise } from './standardise.ts'

export interface Scale extends Spread {
  /**
   * What the centred reward is divided by: the standard deviation of its group (default), that of all scored rewards
   * of the batch, or nothing. TRL's `scale_rewards`.
   */
  readonly scale?: 'group' | 'batch' | 'none'
}

/** Standard deviation over the scored members of all groups together; 0 when they are all equal or fewer than two. */
const batchStd = (groups: readonly (readonly Reward[])[], ddof: 0 | 1): number => {
  const { count, constant, squares, unit } = moments(groups.flat())
  return constant ? 0 : Math.sqrt(squares / (count - ddof)) / unit
}

/** Advantages of a batch of groups for one reward: always centred by the group's own mean. */
export const scaled = (
  groups: readonly (readonly Reward[])[],
  { scale = 'group', ddof = 1, epsilon = 1e-4 }: Scale = {},
): readonly Float64Array[] => {
  if (scale === 'group') return groups.map(g => standardise(g, { ddof, epsilon }))
  if (scale === 'none') return groups.map(centre)
  const std = batchStd(groups, ddof)
  return groups.map(g => centre(g).map(d => (d === 0 ? 0 : d / (std + epsilon))))
}
