import type { Quantity } from './quantity.ts'
import { compared, divided, minus, powerOfTen, type Rational, rational, size, times, toNumber } from './rational.ts'
import { converted, isSameKind } from './unit.ts'

/** An answer and a truth in the same terms, and the decimals that the truth has in them. */
interface Pair {
  readonly answer: Rational
  readonly truth: Rational
  readonly decimals: number
}

const hundredth = (quantity: Quantity): Rational => times(quantity.value, powerOfTen(-quantity.share))

/**
 * The terms in which two numbers can be compared. With units on both sides these are the truth's, and none where they
 * measure different things; a unit on one side only is left aside. A percentage is its number and its share of one.
 */
const pairs = (answer: Quantity, truth: Quantity): readonly Pair[] => {
  const written: Pair = { answer: answer.value, truth: truth.value, decimals: truth.decimals }
  if (answer.share !== truth.share && answer.share !== 0 && truth.share !== 0)
    return [{ answer: hundredth(answer), truth: hundredth(truth), decimals: truth.decimals + truth.share }]
  const isOther = (a: Quantity, b: Quantity): boolean => a.counts && b.units.length > 0
  if (isOther(answer, truth) || isOther(truth, answer)) return []
  if (answer.share === truth.share) {
    if (answer.units.length === 0 || truth.units.length === 0) return [written]
    return truth.units.flatMap(unit =>
      answer.units
        .filter(candidate => isSameKind(candidate, unit))
        .map(candidate => ({ ...written, answer: converted(answer.value, candidate, unit) })),
    )
  }
  if (answer.units.length > 0 || truth.units.length > 0) return []
  const decimals = truth.decimals + truth.share
  return [written, { answer: hundredth(answer), truth: hundredth(truth), decimals }]
}

/** Decimals to which numbers are compared at least, as Video-R1 does. */
const leastDecimals = 2

/**
 * The numerical reward: 1 when the answer is the truth, rounded to two decimals or to as many as the truth has. Exact
 * for integers of any size.
 */
export const numericalReward = (answer: Quantity, truth: Quantity): 0 | 1 => {
  const isNear = (pair: Pair): boolean => {
    const half = rational(1n, 2n * 10n ** BigInt(Math.max(leastDecimals, pair.decimals)))
    return compared(size(minus(pair.answer, pair.truth)), half) <= 0
  }
  return pairs(answer, truth).some(isNear) ? 1 : 0
}

/** The regression reward: 1 − relative error, at least 0. Against a truth of 0 only 0 itself is right. */
export const regressionReward = (answer: Quantity, truth: Quantity): number => {
  const scored = pairs(answer, truth).map(pair => {
    const error = size(minus(pair.answer, pair.truth))
    const right = size(pair.truth)
    if (error.over === 0n) return 1
    return right.over === 0n ? 0 : toNumber(minus(rational(1n), divided(error, right)))
  })
  return Math.max(0, ...scored)
}
