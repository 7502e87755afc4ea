import type { Quantity } from '../quantity.ts'
import type { Numbers } from './golden.ts'

/** What relative errors must not pass. */
export const bound = 1e-3

/** Largest difference, over the largest size of the expected numbers. */
export const ofLargest = (got: Numbers, expected: Numbers): number => {
  if (got.length !== expected.length) return Number.POSITIVE_INFINITY
  let apart = 0
  let size = 0
  for (let i = 0; i < expected.length; i++) {
    const error = Math.abs((got[i] as number) - (expected[i] as number))
    apart = Number.isNaN(error) ? Number.POSITIVE_INFINITY : Math.max(apart, error)
    size = Math.max(size, Math.abs(expected[i] as number))
  }
  return apart / Math.max(size, Number.MIN_VALUE)
}

/** ‖got − expected‖ / ‖expected‖. */
export const ofNorm = (got: Numbers, expected: Numbers): number => {
  if (got.length !== expected.length) return Number.POSITIVE_INFINITY
  let apart = 0
  let size = 0
  for (let i = 0; i < expected.length; i++) {
    apart += ((got[i] as number) - (expected[i] as number)) ** 2
    size += (expected[i] as number) ** 2
  }
  const error = Math.sqrt(apart / size)
  return Number.isNaN(error) ? Number.POSITIVE_INFINITY : error
}

/** How many numbers differ. */
export const unequal = (got: Numbers, expected: Numbers): number =>
  got.length === expected.length
    ? Array.from(expected).filter((e, i) => e !== got[i]).length
    : Math.max(got.length, expected.length)

/** Collects the largest error of every quantity, in the order in which they are first seen. */
export const worst = () => {
  const all = new Map<string, Quantity>()
  return {
    note: (name: string, error: number, bound: number): void => {
      const before = all.get(name)
      all.set(name, { name, cases: (before?.cases ?? 0) + 1, error: Math.max(before?.error ?? 0, error), bound })
    },
    quantities: (): readonly Quantity[] => [...all.values()],
  }
}
