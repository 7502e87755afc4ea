import { divided, minus, plus, type Rational, raised, rational, times } from './rational.ts'

/** Powers of base quantities: { length: 1, time: -1 } is a speed. */
export type Dimensions = Readonly<Record<string, number>>

/** A unit: what it measures, and how large it is in the base units of the table (metre, gram, second, …). */
export interface Unit {
  readonly dimensions: Dimensions
  readonly scale: Rational
  /** Where its zero lies, in base units; only temperatures have one. */
  readonly zero?: Rational
}

/** Whether two units measure the same. */
export const isSameKind = (a: Unit, b: Unit): boolean => {
  const names = new Set([...Object.keys(a.dimensions), ...Object.keys(b.dimensions)])
  return [...names].every(name => (a.dimensions[name] ?? 0) === (b.dimensions[name] ?? 0))
}

const nothing = rational(0n)

/** A value in one unit, said in another that measures the same. */
export const converted = (value: Rational, from: Unit, to: Unit): Rational =>
  divided(minus(plus(times(value, from.scale), from.zero ?? nothing), to.zero ?? nothing), to.scale)

/** A unit to a whole power. */
export const unitToPower = (unit: Unit, power: number): Unit => ({
  dimensions: Object.fromEntries(Object.entries(unit.dimensions).map(([name, p]) => [name, p * power])),
  scale: raised(unit.scale, power),
})

/** The product of two units. */
export const unitTimes = (a: Unit, b: Unit): Unit => {
  const dimensions: Record<string, number> = { ...a.dimensions }
  for (const [name, power] of Object.entries(b.dimensions)) dimensions[name] = (dimensions[name] ?? 0) + power
  return { dimensions, scale: times(a.scale, b.scale) }
}
