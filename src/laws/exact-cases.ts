import fc from 'fast-check'
import type { Raw } from '../advantage/index.ts'
import { contradiction } from './advantage/contradiction.ts'
import { allowed } from './advantage/defined.ts'
import { subjectOf } from './advantage/subject-of.ts'
import { byDefinition } from './exact/families.ts'
import { type Numbers, toNumbers } from './exact/numbers.ts'
import type { FamilyPromises } from './promises.ts'

/** Advantages of one group, and how far each may be off. */
export interface ExactCaseGroup {
  readonly advantages: Readonly<Record<string, readonly number[]>>
  readonly outside: readonly number[]
  readonly tolerance: number
}

/** A batch, and what its family's definition makes of it. */
export interface ExactCase {
  readonly groups: readonly Pick<Raw<string>, 'group' | 'rewards'>[]
  readonly expected: readonly ExactCaseGroup[]
}

/**
 * Batches with the exact advantages of a family, rounded once to float64: for tests in other languages. The same seed
 * gives the same cases. Throws a `TypeError` where the promises contradict each other.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { exactCases } from 'kinograd/laws'
 *
 * const [first] = exactCases({ family: 'rloo', range: [0, 2.2] }, ['reward'], { seed: 1, count: 3 })
 * assert.equal(first?.expected[0]?.outside.length, first?.groups[0]?.rewards.reward?.length)
 * ```
 */
export const exactCases = (
  promises: FamilyPromises,
  processes: readonly [string, ...string[]],
  { seed = 1, count = 100 }: { readonly seed?: number; readonly count?: number } = {},
): readonly ExactCase[] => {
  const wrong = contradiction(promises, processes)
  if (wrong !== null) throw new TypeError(wrong)
  const { batches, domain, known } = subjectOf(promises, processes)
  if (known._tag !== 'Defined') throw new TypeError('only a family has exact answers')
  const tolerance = (numbers: Numbers): number =>
    Math.max(0, ...toNumbers(numbers).map(wanted => allowed(numbers, wanted, domain.float32)))
  return fc.sample(batches, { seed, numRuns: count }).map(batch => ({
    groups: batch.map(({ group, rewards }) => ({ group, rewards })),
    expected: byDefinition(batch, known.definition).map(({ advantages, outside }) => ({
      advantages: Object.fromEntries(Object.entries(advantages).map(([k, numbers]) => [k, toNumbers(numbers)])),
      outside: toNumbers(outside),
      tolerance: Math.max(tolerance(outside), ...Object.values(advantages).map(tolerance)),
    })),
  }))
}
