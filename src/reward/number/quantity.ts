import { isGlued, isMark, isWordOf, type Token, wordAt } from '../text/token.ts'
import { magnified } from './magnified.ts'
import { numeralAt } from './numeral.ts'
import { compared, negated, plus, type Rational, rational } from './rational.ts'
import { converted, isSameKind, type Unit } from './unit.ts'
import { currencyAt, isCounted, unitBehind } from './unit-beside.ts'

/** A number as somebody wrote it, with what it counts. */
export interface Quantity {
  /** With sign, magnitude and exponent; the unit and the percent sign are apart. */
  readonly value: Rational
  /** Decimals as they are written. */
  readonly decimals: number
  /** What the unit may mean; empty for a bare number. */
  readonly units: readonly Unit[]
  /** 2 for percent, 3 for per mille, 0 otherwise: the power of ten that divides it. */
  readonly share: 0 | 2 | 3
  /** A word stands behind it that is no unit: what is counted, as in "5 dogs". */
  readonly counts: boolean
}

/** Where a quantity stands; null for its value where it is no number that could be meant. */
export interface QuantityReading {
  readonly quantity: Quantity | null
  /** The token behind it. */
  readonly next: number
}

const signWords: ReadonlyMap<string | null, boolean> = new Map([
  ['minus', true],
  ['negative', true],
  ['负', true],
  ['plus', false],
])

/** A sign before a number: whether it is negative, and the token behind it. */
const signAt = (tokens: readonly Token[], at: number): { readonly negative: boolean; readonly next: number } => {
  if (isMark(tokens, at, '+-')) return { negative: tokens[at]!.text === '-', next: at + 1 }
  const negative = signWords.get(wordAt(tokens, at))
  return negative === undefined ? { negative: false, next: at } : { negative, next: at + 1 }
}

const percentWords = new Set(['percent', 'percentage', 'pct'])

const shareAt = (tokens: readonly Token[], at: number): { readonly share: 0 | 2 | 3; readonly next: number } => {
  if (isMark(tokens, at, '%')) return { share: 2, next: at + 1 }
  if (isMark(tokens, at, '‰')) return { share: 3, next: at + 1 }
  if (isWordOf(tokens, at, percentWords)) return { share: 2, next: at + 1 }
  return wordAt(tokens, at) === 'per' && wordAt(tokens, at + 1) === 'cent'
    ? { share: 2, next: at + 2 }
    : { share: 0, next: at }
}

/** The second part of "1 h 30 min" or "5 ft 11 in": less than one of the first unit, in a smaller one of its kind. */
const remainder = (
  tokens: readonly Token[],
  at: number,
  unit: Unit,
): { readonly value: Rational; readonly next: number } | null => {
  const start = wordAt(tokens, at) === 'and' ? at + 1 : at
  if (tokens[start]?.kind !== 'digits' || tokens[start].line) return null
  const numeral = numeralAt(tokens, start)
  if (numeral?.value == null) return null
  const behind = unitBehind(tokens, numeral.next)
  const smaller = behind.units.find(candidate => isSameKind(candidate, unit))
  if (smaller === undefined) return null
  const value = converted(numeral.value, smaller, unit)
  const fits = compared(smaller.scale, unit.scale) < 0 && compared(value, rational(1n)) < 0
  return fits ? { value, next: behind.next } : null
}

/** Hours, minutes and seconds. */
const mostParts = 3
const ordinals = new Set(['st', 'nd', 'rd', 'th'])
/** Times of day, and "mil", which is a thousand in one language and a million in another. */
const unreadable = new Set(['am', 'pm', 'a.m', 'p.m', "o'clock", 'mil', 'mill'])

/** Letters right behind digits that make a name of them: "3D", "5xyz". Not "3x4", and not a unit or a magnitude. */
const isName = (tokens: readonly Token[], at: number): boolean => {
  const found = tokens[at]
  if (found?.kind !== 'word' || found.gap || found.ideographs) return false
  return !(found.low === 'x' && tokens[at + 1]?.kind === 'digits')
}

/** Sums "1 h" and "30 min"; keeps what cannot be summed. */
const compound = (tokens: readonly Token[], quantity: Quantity, next: number): QuantityReading => {
  const [unit] = quantity.units
  let { value } = quantity
  let end = next
  for (let parts = 1; unit !== undefined && parts < mostParts; parts++) {
    const part = remainder(tokens, end, unit)
    if (part === null) break
    value = plus(value, part.value)
    end = part.next
  }
  return { quantity: { ...quantity, value }, next: end }
}

/**
 * A quantity from a token on: sign, currency, numeral, magnitude, percent, unit. Null when none begins there, or when
 * letters make a name of the digits.
 */
export const quantityAt = (tokens: readonly Token[], at: number): QuantityReading | null => {
  const outer = signAt(tokens, at)
  const currency = currencyAt(tokens, outer.next)
  const inner = currency.next > outer.next ? signAt(tokens, currency.next) : { negative: false, next: outer.next }
  const parts = wordAt(tokens, inner.next) === '百分之'
  const numeral = numeralAt(tokens, parts ? inner.next + 1 : inner.next)
  if (numeral === null) return null
  const { value } = numeral
  if (value === null) return { quantity: null, next: numeral.next }
  const large = magnified(tokens, { ...numeral, value })
  const behind = isWordOf(tokens, large.next, ordinals) && isGlued(tokens, large.next) ? large.next + 1 : large.next
  if (isWordOf(tokens, behind, unreadable)) return { quantity: null, next: behind + 1 }
  const share = parts ? { share: 2 as const, next: behind } : shareAt(tokens, behind)
  const unit = share.share === 0 ? unitBehind(tokens, share.next) : { units: [], next: share.next }
  if (unit.next === large.next && isName(tokens, unit.next)) return null
  const negative = outer.negative !== inner.negative
  const quantity: Quantity = {
    value: negative ? negated(large.value) : large.value,
    decimals: large.decimals,
    units: unit.units.length > 0 ? unit.units : currency.units,
    share: share.share,
    counts: unit.units.length === 0 && share.share === 0 && isCounted(tokens, unit.next),
  }
  return negative ? { quantity, next: unit.next } : compound(tokens, quantity, unit.next)
}
