import type { JobRecord } from '../network/simulate.ts'

/** How many of some ascending times are at most `time`. */
const countUpTo = (times: readonly number[], time: number): number => {
  let [low, high] = [0, times.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (times[middle]! <= time) low = middle + 1
    else high = middle
  }
  return low
}

/**
 * How many updates of others were applied between the sampling of a batch and its own update, batch by batch. `sampled` and `applied` say
 * which phases these are; an update is applied when its job ends.
 */
export const stalenessOf = (jobs: readonly JobRecord[], sampled: number, applied: number): readonly number[] => {
  const ends = jobs.map(({ ended }) => ended).sort((a, b) => a - b)
  return jobs.map(({ phases, ended }) => {
    const from = phases[sampled] ?? ended
    const to = phases[applied] ?? ended
    return Math.max(0, countUpTo(ends, Math.min(to, ended - Number.EPSILON * ended)) - countUpTo(ends, from))
  })
}
