/** An exact number: `over` parts of `under`, which is above 0. Not in lowest terms. */
export interface Rational {
  readonly over: bigint
  readonly under: bigint
}

/** Makes a fraction of whole numbers; the denominator is not 0. */
export const rational = (over: bigint, under = 1n): Rational =>
  under < 0n ? { over: -over, under: -under } : { over, under }

/** 10 to a whole power. */
export const powerOfTen = (power: number): Rational =>
  power < 0 ? rational(1n, 10n ** BigInt(-power)) : rational(10n ** BigInt(power))

/** A decimal as it is written in this library's tables: "0.3048", "-40", "1/3", "1e-6". */
export const exactly = (written: string): Rational => {
  const [mantissa, power = '0'] = written.split('e')
  const [over, under = '1'] = mantissa!.split('/')
  const [whole, fraction = ''] = over!.split('.')
  return times(
    rational(BigInt(whole! + fraction), BigInt(under) * 10n ** BigInt(fraction.length)),
    powerOfTen(Number(power)),
  )
}

export const times = (a: Rational, b: Rational): Rational => rational(a.over * b.over, a.under * b.under)
export const divided = (a: Rational, b: Rational): Rational => rational(a.over * b.under, a.under * b.over)
export const plus = (a: Rational, b: Rational): Rational =>
  a.under === b.under
    ? rational(a.over + b.over, a.under)
    : rational(a.over * b.under + b.over * a.under, a.under * b.under)
export const negated = (a: Rational): Rational => rational(-a.over, a.under)
export const minus = (a: Rational, b: Rational): Rational => plus(a, negated(b))
export const size = (a: Rational): Rational => (a.over < 0n ? negated(a) : a)

/** Below 0, 0 or above 0, as a is less than, equal to or greater than b. */
export const compared = (a: Rational, b: Rational): number => {
  const apart = a.over * b.under - b.over * a.under
  return apart < 0n ? -1 : apart > 0n ? 1 : 0
}

/** To a whole power; a negative one turns it over. */
export const raised = (a: Rational, power: number): Rational => {
  const whole = rational(a.over ** BigInt(Math.abs(power)), a.under ** BigInt(Math.abs(power)))
  return power < 0 ? divided(rational(1n), whole) : whole
}

/** A fraction, neither part below 0, to the nearest whole number; a half to the even one. */
const nearestWhole = (over: bigint, under: bigint): bigint => {
  const whole = over / under
  const beyondHalf = 2n * (over - whole * under) - under
  return beyondHalf > 0n || (beyondHalf === 0n && whole % 2n === 1n) ? whole + 1n : whole
}

const doubleBits = 53
/** 2^-1074 is the smallest double; those below 2^-1022 are multiples of it, with fewer bits. */
const smallestExponent = -1074

/** The nearest double, as IEEE 754 rounds: once, a half to the even one; infinite where it is too large. */
export const toNumber = (a: Rational): number => {
  const { over, under } = size(a)
  const [bitsOver, bitsUnder] = [over.toString(2).length, under.toString(2).length]
  if (bitsOver <= doubleBits && bitsUnder <= doubleBits) return Number(a.over) / Number(under)
  // over / under lies between 2^(apart − 1) and 2^(apart + 1).
  const apart = bitsOver - bitsUnder
  const isAbove = compared(rational(over, under), raised(rational(2n), apart)) >= 0
  const exponent = Math.max(apart - (isAbove ? 0 : 1) - (doubleBits - 1), smallestExponent)
  const places = divided(rational(over, under), raised(rational(2n), exponent))
  const near = Number(nearestWhole(places.over, places.under)) * 2 ** exponent
  return a.over < 0n ? -near : near
}

/** The same number in lowest terms. */
export const toLowest = (a: Rational): Rational => {
  let [common, rest] = [a.over < 0n ? -a.over : a.over, a.under]
  while (rest !== 0n) [common, rest] = [rest, common % rest]
  return common === 0n ? a : { over: a.over / common, under: a.under / common }
}
