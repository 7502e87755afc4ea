import { type Cost, type Load, quantitiesOf, secondsOf } from '../model/cost.ts'
import { nonNegative } from './non-negative.ts'

/** What one update took, and how much was done in it. */
export interface Observation extends Load {
  readonly seconds: number
}

/** The cost that explains some updates best; each weighs what it is given. */
const fitted = (
  observed: readonly Observation[],
  parts: readonly (keyof Cost)[],
  weightOf: (one: Observation) => number,
): Cost => {
  const weights = observed.map(weightOf)
  const rows = observed.map((one, i) => {
    const quantities = quantitiesOf(one)
    return parts.map(part => quantities[part] * weights[i]!)
  })
  const found = nonNegative(
    rows,
    observed.map(({ seconds }, i) => seconds * weights[i]!),
  )
  return Object.fromEntries(parts.map((part, j) => [part, found[j] ?? 0]))
}

/** Errors below this share count alike: no machine is steadier. */
const steady = 0.02
const rounds = 25

/**
 * The cost of a kind of work from updates that were measured: the least sum of relative errors, not of their squares, so that a few
 * updates that the machine was kept from count little. `parts` are the quantities that it may go by.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { fitCost } from 'kinograd/simulation'
 *
 * const observed = [1, 2, 4].flatMap(questions =>
 *   [[5], [5, 9]].map(lengths => ({ questions, lengths, seconds: 0.5 + 0.25 * questions + 0.01 * lengths.length * 5 })),
 * )
 * const { fixed = 0, question = 0 } = fitCost(observed, ['fixed', 'question', 'token'])
 * assert(Math.abs(question - 0.25) < 0.01 && Math.abs(fixed - 0.5) < 0.1)
 * ```
 */
export const fitCost = (observed: readonly Observation[], parts: readonly (keyof Cost)[]): Cost => {
  let cost = fitted(observed, parts, () => 1)
  for (let round = 0; round < rounds; round++) {
    const before = cost
    cost = fitted(observed, parts, one => {
      const expected = Math.max(secondsOf(before, one), 1e-9)
      return 1 / (expected * Math.sqrt(Math.max(steady, Math.abs(one.seconds / expected - 1))))
    })
  }
  return cost
}
