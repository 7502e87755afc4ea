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

/** Bits that a quotient keeps before it is rounded to a double. */
const bits = 64

/** The nearest double, within a unit in its last place; infinite where it is too large. */
export const toNumber = ({ over, under }: Rational): number => {
  const large = (x: bigint): number => (x < 0n ? -x : x).toString(2).length
  if (large(over) <= 53 && large(under) <= 53) return Number(over) / Number(under)
  const shift = bits + large(under) - large(over)
  const quotient = (over << BigInt(shift)) / under
  // In two steps, since a power of two may be beyond all doubles where the result is not.
  const half = shift >> 1
  return Number(quotient) * 2 ** -half * 2 ** (half - shift)
}

/** The same number in lowest terms. */
export const toLowest = (a: Rational): Rational => {
  let [common, rest] = [a.over < 0n ? -a.over : a.over, a.under]
  while (rest !== 0n) [common, rest] = [rest, common % rest]
  return common === 0n ? a : { over: a.over / common, under: a.under / common }
}
