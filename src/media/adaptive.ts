import { either as E } from 'fp-ts'
import { fault } from '../flow/index.ts'
import type { MediaFault } from './types.ts'

/** Share of the budget that follows time instead of change, so that still stretches are seen as well. */
const steady = 0.2

/** The middle value. */
const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[sorted.length >> 1] ?? 0
}

/**
 * Spreads `budget` frames over a clip so that each accounts for an equal share of change. `activity` holds the change
 * into each frame; what exceeds its median (the clip's own steady motion and grain) counts. Its running sum, mixed with
 * plain time, is cut into equal parts and the frame at the middle of each part is taken, so that something that appears
 * is met on its first frame. All indices differ; ascending. `BadSampling` when there are fewer frames than the budget.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { adaptiveIndices } from 'kinograd/media'
 *
 * // Something appears at frame 6: it is met on its first frame.
 * assert.deepEqual(adaptiveIndices([0, 0, 0, 0, 0, 0, 1, 0, 0, 0], 2), E.right([6, 7]))
 * ```
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
  const usual = median(activity)
  const excess = activity.map(change => Math.max(0, change - usual))
  const sum = excess.reduce((a, b) => a + b, 0)
  const share = (change: number) => steady / total + (1 - steady) * (sum > 0 ? change / sum : 1 / total)
  const picked: number[] = []
  let reached = 0
  for (const [i, change] of excess.entries()) {
    if (picked.length === budget) break
    reached += share(change)
    if (reached * budget + 1e-9 >= picked.length + 0.5 || total - i <= budget - picked.length) picked.push(i)
  }
  return E.right(picked)
}
