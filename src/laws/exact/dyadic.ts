/** A fraction of whole numbers of any size; the denominator is above 0. */
export interface Fraction {
  readonly over: bigint
  readonly part: bigint
}

const view = new DataView(new ArrayBuffer(8))

/** A finite float64 as mantissa · 2^exponent, exactly. */
const taken = (value: number): readonly [mantissa: bigint, exponent: number] => {
  view.setFloat64(0, value)
  const bits = view.getBigUint64(0)
  const exponent = Number((bits >> 52n) & 0x7ffn)
  const digits = bits & 0xfffffffffffffn
  const mantissa = exponent === 0 ? digits : digits | 0x10000000000000n
  return [value < 0 ? -mantissa : mantissa, Math.max(exponent, 1) - 1075]
}

/** Floats over one power of two, exactly; null stays null. */
export const overOne = (
  values: readonly (number | null)[],
): { readonly over: bigint; readonly parts: readonly (bigint | null)[] } => {
  const all = values.map(value => (value === null || value === 0 ? value : taken(value)))
  // Zeros behind the last digit are taken off, so that 0.5 is one half and no number of fifty digits.
  const lowest = all.reduce(
    (least: number, found) => (found === null || found === 0 ? least : Math.min(least, found[1] + zerosOf(found[0]))),
    0,
  )
  return {
    over: 1n << BigInt(-lowest),
    parts: all.map(found => (found === null ? null : found === 0 ? 0n : shifted(found[0], found[1] - lowest))),
  }
}

const shifted = (mantissa: bigint, by: number): bigint => (by >= 0 ? mantissa << BigInt(by) : mantissa >> BigInt(-by))

const zerosOf = (mantissa: bigint): number => {
  let count = 0
  for (let rest = mantissa; (rest & 1n) === 0n; rest >>= 1n) count++
  return count
}

/** A finite float64 as a fraction, exactly. */
export const fractionOf = (value: number): Fraction => {
  const { over, parts } = overOne([value])
  return { over, part: parts[0] ?? 0n }
}

export const bitsOf = (value: bigint): number => (value < 0n ? -value : value).toString(16).length * 4

/** The float64 nearest to a fraction, to within one unit in its last place. */
export const toNumber = ({ part, over }: Fraction): number => {
  if (part === 0n) return 0
  const by = 80 - bitsOf(part) + bitsOf(over)
  const quotient = by >= 0 ? (part << BigInt(by)) / over : part / (over << BigInt(-by))
  // In two steps: 2^-by alone may lie beyond what a float can hold.
  const half = Math.trunc(-by / 2)
  return Number(quotient) * 2 ** half * 2 ** (-by - half)
}

/** The whole part of a square root. */
const wholeRoot = (value: bigint): bigint => {
  if (value < 2n) return value
  let root = 1n << BigInt(Math.ceil(value.toString(16).length * 2) + 1)
  for (;;) {
    const next = (root + value / root) >> 1n
    if (next >= root) return root
    root = next
  }
}

/** Binary digits that a root is taken to; the rest is cut off. */
const rootBits = 160

/** The square root of a fraction, with a relative error below 2^-150. */
export const root = ({ part, over }: Fraction): Fraction => {
  if (part === 0n) return { part: 0n, over: 1n }
  const by = BigInt(Math.max(0, rootBits - bitsOf(part * over) / 2 + 2))
  return { part: wholeRoot((part * over) << (2n * by)), over: over << by }
}
