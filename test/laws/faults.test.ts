import { brokenLaws } from 'kinograd/laws'
import { describe, expect, test } from 'vitest'
import { allFaults } from '../../bench/mutants/all.ts'

/** Fixed seed and runs: a fault that is caught once is caught always. `npm run mutants` tries all laws on each. */
const trial = { seed: 1, numRuns: 150, endOnFailure: true }

describe('the kit catches faults', () => {
  test('there are hundreds, each with its own name', () => {
    expect(allFaults.length).toBeGreaterThan(250)
    expect(new Set(allFaults.map(({ fault }) => fault)).size).toBe(allFaults.length)
  })
  test.each(allFaults)('$fault, by "$caughtBy"', ({ laws, caughtBy }) => {
    const named = laws.filter(({ name }) => name === caughtBy)
    expect(named).toHaveLength(1)
    expect(brokenLaws(named, trial)).toHaveLength(1)
  })
})
