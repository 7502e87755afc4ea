import { brokenLaws } from 'kinograd/laws'
import { describe, expect, test } from 'vitest'
import { assigners } from './fixtures/assigners.ts'
import { losses } from './fixtures/losses.ts'
import { normalisers } from './fixtures/normalisers.ts'
import { others } from './fixtures/others.ts'

/** Fixed seed and runs: a fault that is caught once is caught always. */
const trial = { seed: 1, numRuns: 300 }

describe('the kit catches faults', () => {
  const faults = [...normalisers, ...assigners, ...losses, ...others]
  test('there are more than twenty', () => expect(faults.length).toBeGreaterThan(20))
  test.each(faults)('$fault, by "$caughtBy"', ({ laws, caughtBy }) => {
    const named = laws.filter(({ name }) => name === caughtBy)
    expect(named).toHaveLength(1)
    expect(brokenLaws(named, trial)).toHaveLength(1)
  })
})
