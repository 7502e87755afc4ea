import { isGlued, isMark, type Token, wordAt } from '../text/token.ts'
import { type Digits, digitsAt } from './digits.ts'
import { chineseNumeral } from './magnitude.ts'
import { divided, exactly, plus, powerOfTen, type Rational, raised, rational, times } from './rational.ts'

/** A number without sign, magnitude or unit. */
export interface Numeral {
  /** Null where what stands there is no number that could be meant: "12:30", "1.2.3", "1/2/2024". */
  readonly value: Rational | null
  /** Decimals as they are written; 1e-3 has three. */
  readonly decimals: number
  /** The token behind it. */
  readonly next: number
}

/** The largest exponent that is read. */
const largestExponent = 400

interface Exponent {
  readonly power: number
  readonly next: number
}

/** A whole number with a sign, of a size that an exponent may have. */
const signedAt = (tokens: readonly Token[], at: number): Exponent | null => {
  const sign = isMark(tokens, at, '+-') ? 1 : 0
  const digits = tokens[at + sign]
  if (digits?.kind !== 'digits' || digits.text.length > 4 || Number(digits.text) > largestExponent) return null
  return { power: tokens[at]!.text === '-' ? -Number(digits.text) : Number(digits.text), next: at + sign + 1 }
}

/** "^3", "**3". */
const raisedTo = (tokens: readonly Token[], at: number): Exponent | null => {
  if (isMark(tokens, at, '^')) return signedAt(tokens, at + 1)
  return isMark(tokens, at, '*') && isMark(tokens, at + 1, '*') ? signedAt(tokens, at + 2) : null
}

/** The power of ten behind a decimal: "e3", "E-3", "× 10^3", "x10^-3". */
const scientific = (tokens: readonly Token[], at: number): Exponent | null => {
  if (wordAt(tokens, at) === 'e' && isGlued(tokens, at) && isGlued(tokens, at + 1)) return signedAt(tokens, at + 1)
  const isTimes = isMark(tokens, at, '×*·') || wordAt(tokens, at) === 'x'
  return isTimes && tokens[at + 1]?.text === '10' ? raisedTo(tokens, at + 2) : null
}

const decimalOf = ({ whole, fraction }: Digits): Rational => exactly(`${whole}.${fraction}`)

/** Digits that may stand in a fraction or as a base; those that are broken have none. */
const isPlain = ({ whole, fraction }: Digits): boolean => fraction === '' && !/^0\d/.test(whole)

/** "3/4" of which the 3 ends before `at`; null when no fraction goes on there. */
const fractionAt = (tokens: readonly Token[], at: number, over: Digits): Numeral | null => {
  if (!isMark(tokens, at, '/÷')) return null
  const under = digitsAt(tokens, at + 1)
  if (under === null) return null
  const good = isPlain(over) && isPlain(under) && BigInt(under.whole) !== 0n
  const date = isMark(tokens, under.next, '/') && tokens[under.next + 1]?.kind === 'digits'
  return {
    value: good && !date ? divided(decimalOf(over), decimalOf(under)) : null,
    decimals: 0,
    next: date ? under.next + 2 : under.next,
  }
}

/** The "1/2" of "1 1/2" and "1 and 1/2". */
const mixedAt = (tokens: readonly Token[], from: number, whole: Digits): Numeral | null => {
  const at = wordAt(tokens, from) === 'and' ? from + 1 : from
  if (tokens[at]?.kind !== 'digits' || !tokens[at].gap || tokens[at].line || !isPlain(whole)) return null
  const over = digitsAt(tokens, at)!
  const part = fractionAt(tokens, over.next, over)
  if (part?.value == null || part.value.over >= part.value.under) return null
  return { ...part, value: plus(decimalOf(whole), part.value) }
}

/** A clock or a ratio: "12:30". */
const clockEnd = (tokens: readonly Token[], at: number): number => {
  let next = at
  while (isMark(tokens, next, ':') && isGlued(tokens, next) && tokens[next + 1]?.kind === 'digits') next += 2
  return next
}

const behindDigits = (tokens: readonly Token[], digits: Digits): Numeral => {
  const { next } = digits
  const clock = clockEnd(tokens, next)
  if (digits.broken || clock > next) return { value: null, decimals: 0, next: clock }
  const parts = fractionAt(tokens, next, digits) ?? mixedAt(tokens, next, digits)
  if (parts !== null) return parts
  const exponent = scientific(tokens, next)
  if (exponent !== null) {
    const value = times(decimalOf(digits), powerOfTen(exponent.power))
    return { value, decimals: Math.max(0, digits.fraction.length - exponent.power), next: exponent.next }
  }
  const power = isPlain(digits) && digits.whole.length <= 4 ? raisedTo(tokens, next) : null
  if (power !== null) {
    const base = rational(BigInt(digits.whole))
    const value = base.over === 0n && power.power < 0 ? null : raised(base, power.power)
    return { value, decimals: Math.max(0, -power.power), next: power.next }
  }
  return { value: decimalOf(digits), decimals: digits.fraction.length, next }
}

/** A numeral from a token on; null when none stands there. */
export const numeralAt = (tokens: readonly Token[], at: number): Numeral | null => {
  const digits = digitsAt(tokens, at)
  if (digits !== null) return behindDigits(tokens, digits)
  const found = tokens[at]
  if (found?.kind !== 'word' || !found.ideographs) return null
  const value = chineseNumeral(found.text)
  if (value === null) return null
  const part = wordAt(tokens, at + 1) === '分之' ? tokens[at + 2] : undefined
  const under = part === undefined ? null : chineseNumeral(part.text)
  if (under !== null) return { value: value.over === 0n ? null : divided(under, value), decimals: 0, next: at + 3 }
  return { value, decimals: 0, next: at + 1 }
}
