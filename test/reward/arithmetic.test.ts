import { describe, expect } from 'vitest'
import { fractionOf } from '../../src/laws/exact/dyadic.ts'
import {
  compared,
  divided,
  exactly,
  minus,
  negated,
  plus,
  powerOfTen,
  type Rational,
  raised,
  rational,
  size,
  times,
  toLowest,
  toNumber,
} from '../../src/reward/number/rational.ts'
import { fc, test } from '../property.ts'

const numRuns = Number(process.env.KINOGRAD_FUZZ_RUNS ?? 100)
const any = fc.tuple(fc.bigInt(-(10n ** 30n), 10n ** 30n), fc.bigInt(1n, 10n ** 30n)).map(([a, b]) => rational(a, b))
const isSame = (a: Rational, b: Rational): boolean => a.over * b.under === b.over * a.under

describe('exact numbers', () => {
  test('a denominator is above 0', () => {
    expect(rational(3n)).toEqual({ over: 3n, under: 1n })
    expect(rational(3n, -6n)).toEqual({ over: -3n, under: 6n })
    expect(rational(-3n, 6n)).toEqual({ over: -3n, under: 6n })
  })
  test.each([
    ['0.3048', 3048n, 10000n],
    ['-40', -40n, 1n],
    ['-0.5', -5n, 10n],
    ['1/3', 1n, 3n],
    ['1609.344/3600', 1609344n, 3600000n],
    ['1e-6', 1n, 1000000n],
    ['101325e3', 101325000n, 1n],
    ['1.5e2', 1500n, 10n],
  ])('%s', (written, over, under) => expect(exactly(written)).toEqual({ over, under }))
  test('powers', () => {
    expect([powerOfTen(0), powerOfTen(2), powerOfTen(-2)]).toEqual([rational(1n), rational(100n), rational(1n, 100n)])
    expect(raised(rational(-2n, 3n), 3)).toEqual(rational(-8n, 27n))
    expect(raised(rational(-2n, 3n), -3)).toEqual(rational(-27n, 8n))
    expect(raised(rational(-2n, 3n), 0)).toEqual(rational(1n))
  })
  test('sums of one denominator keep it', () => {
    expect(plus(rational(1n, 6n), rational(2n, 6n))).toEqual({ over: 3n, under: 6n })
    expect(plus(rational(1n, 2n), rational(1n, 3n))).toEqual({ over: 5n, under: 6n })
  })
  test.prop([any, any, any], { numRuns })('the field of fractions', (a, b, c) => {
    expect(isSame(times(a, plus(b, c)), plus(times(a, b), times(a, c)))).toBe(true)
    expect(isSame(minus(plus(a, b), b), a)).toBe(true)
    expect(isSame(plus(a, negated(a)), rational(0n))).toBe(true)
    if (b.over !== 0n) expect(isSame(times(divided(a, b), b), a)).toBe(true)
    expect(compared(a, b)).toBe(-compared(b, a) || 0)
    expect(compared(a, a)).toBe(0)
    expect(compared(plus(a, rational(1n)), a)).toBe(1)
    expect(isSame(size(a), a.over < 0n ? negated(a) : a)).toBe(true)
    expect(size(a).over).toBeGreaterThanOrEqual(0n)
  })
  test.prop([any], { numRuns })('lowest terms', a => {
    const { over, under } = toLowest(times(a, rational(6n, 6n)))
    expect(isSame({ over, under }, a)).toBe(true)
    for (const prime of [2n, 3n, 5n, 7n, 11n, 13n]) expect(over % prime === 0n && under % prime === 0n).toBe(false)
    expect(toLowest(rational(-4n, 6n))).toEqual(rational(-2n, 3n))
    expect(toLowest(rational(0n, 6n)).over).toBe(0n)
  })
})

const float = new Float64Array(1)
const word = new BigUint64Array(float.buffer)
const bitsOf = (x: number): bigint => {
  float[0] = x
  return word[0]!
}
const ofBits = (bits: bigint): number => {
  word[0] = bits
  return float[0]!
}
/** The doubles next to one that is not below 0. */
const besides = (x: number): readonly number[] =>
  [bitsOf(x) - 1n, bitsOf(x) + 1n]
    .filter(bits => bits >= 0n)
    .map(ofBits)
    .filter(Number.isFinite)
/** A double, exactly. */
const doubled = (x: number): Rational => {
  const { part, over } = fractionOf(x)
  return rational(part, over)
}

describe('the nearest double', () => {
  test.prop([fc.double({ noNaN: true, noDefaultInfinity: true })], { numRuns: numRuns * 5 })(
    'a double that is written out is read back',
    x => {
      if (x === 0) return
      const [mantissa = '', power = '0'] = x.toExponential().split('e')
      expect(toNumber(exactly(`${mantissa}e${Number(power)}`))).toBe(x)
    },
  )
  test.prop([fc.bigInt(-(2n ** 53n) + 1n, 2n ** 53n - 1n), fc.bigInt(1n, 2n ** 53n - 1n)], { numRuns })(
    'small fractions are one division',
    (over, under) => {
      expect(toNumber(rational(over, under))).toBe(Number(over) / Number(under))
    },
  )
  // Each is a whole number of quarters of its last place, so that halves and what lies beside them are met often.
  const quarters = fc.tuple(fc.bigInt(0n, 2n ** 55n), fc.integer({ min: -1080, max: 980 }))
  test.prop([quarters], { numRuns: numRuns * 5 })('no double is nearer, and between two the even one is taken', q => {
    const a = times(rational(q[0]), raised(rational(2n), q[1] - 2))
    const near = toNumber(a)
    if (near === Number.POSITIVE_INFINITY) return
    const off = (x: number): Rational => size(minus(a, doubled(x)))
    for (const beside of besides(near)) {
      const side = compared(off(near), off(beside))
      expect(side).toBeLessThanOrEqual(0)
      if (side === 0) expect(bitsOf(near) % 2n).toBe(0n)
    }
  })
  test.prop([any], { numRuns })('is within a unit in the last place', a => {
    const near = toNumber(a)
    if (a.over === 0n) {
      expect(near).toBe(0)
      return
    }
    const digits = `${(a.over * 10n ** 80n) / a.under}`
    expect(Math.abs(near / Number(`${digits}e-80`) - 1)).toBeLessThan(4.5e-16)
  })
  test.each([
    ['1e308', 1e308],
    ['1e400', Number.POSITIVE_INFINITY],
    ['-1e400', Number.NEGATIVE_INFINITY],
    ['1e-320', 1e-320],
    ['1e-400', 0],
    ['9007199254740993', 9007199254740992],
    // Subnormal doubles have fewer bits: rounded to 53 first, the next two come out one place off.
    ['8.45580464272284e-309', 8.45580464272284e-309],
    ['-8.45580464272284e-309', -8.45580464272284e-309],
    ['5e-324', Number.MIN_VALUE],
    ['2.4703282292062327e-324', 0],
    ['2.4703282292062328e-324', Number.MIN_VALUE],
    ['2.2250738585072011e-308', 2.225073858507201e-308],
    ['1.7976931348623158079e308', Number.MAX_VALUE],
    ['1.7976931348623159e308', Number.POSITIVE_INFINITY],
  ])('%s', (written, wanted) => expect(toNumber(exactly(written))).toBe(wanted))
})
