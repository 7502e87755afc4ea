import { either as E } from 'fp-ts'
import { fault } from '../flow/index.ts'
import type { MediaFault } from './types.ts'

/** Share of the budget that follows time instead of change, so that still stretches are seen as well. */
const steady = 0.2

/**
 * Spreads `budget` frames over a clip so that each accounts for an equal share of change. `activity` holds the change
 * into each frame; its running sum, mixed with plain time, is cut into equal parts and the frame nearest to the middle
 * of each part is taken. All indices differ; ascending. `BadSampling` when there are fewer frames than the budget.
 */
export const adaptiveIndices = (
  activity: readonly number[],
  budget: number,
): E.Either<MediaFault, readonly number[]> => {
  const total = activity.length
  if (!Number.isInteger(budget) || budget < 1 || budget > total)
    return E.left(
      fault('BadSampling', `${budget} frames asked of a clip of ${total}`, 'Ask for a whole number within the clip.'),
    )
  const sum = activity.reduce((a, b) => a + b, 0)
  const share = (i: number) =>
    steady / total + (sum > 0 ? ((1 - steady) * (activity[i] as number)) / sum : (1 - steady) / total)
  const picked: number[] = []
  let reached = 0
  for (let i = 0; i < total && picked.length < budget; i++) {
    reached += share(i)
    const left = total - i
    if (reached * budget >= picked.length + 0.5 || left <= budget - picked.length) picked.push(i)
  }
  return E.right(picked)
}
