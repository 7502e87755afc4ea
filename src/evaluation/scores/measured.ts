import { type Estimated95, normal95, wilson } from '../intervals.ts'

/** Rewards of one kind, summed up. */
export interface MeanScore extends Estimated95 {
  /** Over how many answers. */
  readonly of: number
}

/** A sum that grows: count, sum and sum of squares. */
export interface Sum {
  of: number
  sum: number
  squares: number
}

export const emptySum = (): Sum => ({ of: 0, sum: 0, squares: 0 })

export const addTo = (sum: Sum, reward: number): void => {
  sum.of++
  sum.sum += reward
  sum.squares += reward * reward
}

/**
 * The mean with its 95 % interval; undefined of nothing. Wilson's: exact in kind for 0 and 1, and no narrower than need be for rewards
 * between, whose variance is at most that of 0 and 1 with the same mean.
 */
export const measuredOf = ({ of, sum }: Sum): MeanScore | undefined => {
  const found = wilson(sum, of)
  return found === undefined ? undefined : { ...found, of }
}

/** The variance of the mean. */
const varianceOfMean = ({ of, sum, squares }: Sum): number => {
  if (of < 2) return 0
  const mean = sum / of
  return Math.max(0, squares / of - mean * mean) / (of - 1)
}

/** The plain mean of two means, with an interval by the normal distribution, cut to 0 and 1. */
export const halfOfBoth = (one: Sum, other: Sum): MeanScore => {
  const value = (one.sum / one.of + other.sum / other.of) / 2
  const { low, high } = normal95(value, (varianceOfMean(one) + varianceOfMean(other)) / 4)
  return { value, low: Math.max(0, low), high, of: one.of + other.of }
}
