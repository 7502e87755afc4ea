import { readTokens } from './answer-tokens.ts'
import { readNumber } from './number/answer.ts'
import { type Rational, toNumber } from './number/rational.ts'

/** The one number of a text. */
export interface WrittenNumber {
  /** The nearest double, with sign, magnitude and exponent; unit and percent sign are left aside. */
  readonly value: number
  /** The same, exactly. */
  readonly exact: Rational
  /** Decimals as they are written; 1e-3 has three. */
  readonly decimals: number
  /** Whether a unit that is known stands beside it. */
  readonly hasUnit: boolean
}

/**
 * The one number that a text commits itself to, as people write them: "1,000", "1½", "3 million", "1.5 × 10^3", "٣",
 * "256 + 37 = 293", "There are 10 objects.". Null for none, several, a range, a bound, a clock, a date. Time linear in
 * the text.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { writtenNumber } from 'kinograd/reward'
 *
 * assert.equal(writtenNumber('about 3 million people')?.value, 3e6)
 * assert.equal(writtenNumber('10 to 12'), null)
 * ```
 */
export const writtenNumber = (text: string): WrittenNumber | null => {
  const read = readNumber(readTokens(text))
  if (read === null) return null
  const { value, decimals, units } = read
  return { value: toNumber(value), exact: value, decimals, hasUnit: units.length > 0 }
}
