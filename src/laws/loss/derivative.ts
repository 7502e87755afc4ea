/**
 * A number that knows what it was computed from, so that its exact derivatives can be had (reverse differentiation).
 * Where a minimum is tied both share the derivative, and a bound passes it on at its very edge: as torch does.
 */
export interface Traced {
  readonly value: number
  readonly from: readonly (readonly [cause: Traced, slope: number])[]
  readonly order: number
}

let made = 0

const traced = (value: number, from: Traced['from']): Traced => ({ value, from, order: made++ })

export const given = (value: number): Traced => traced(value, [])

/** The same number, as a constant. */
export const held = ({ value }: Traced): Traced => traced(value, [])

export const plus = (...terms: readonly Traced[]): Traced =>
  traced(
    terms.reduce((sum, { value }) => sum + value, 0),
    terms.map(term => [term, 1]),
  )

export const product = (a: Traced, b: Traced): Traced =>
  traced(a.value * b.value, [
    [a, b.value],
    [b, a.value],
  ])

export const times = (a: Traced, by: number): Traced => traced(a.value * by, [[a, by]])

export const shifted = (a: Traced, by: number): Traced => traced(a.value + by, [[a, 1]])

export const exponential = (a: Traced): Traced => traced(Math.exp(a.value), [[a, Math.exp(a.value)]])

export const sigmoid = (a: Traced): Traced => {
  const s = 1 / (1 + Math.exp(-a.value))
  return traced(s, [[a, s * (1 - s)]])
}

export const least = (a: Traced, b: Traced): Traced => {
  const share = a.value < b.value ? 1 : a.value > b.value ? 0 : 0.5
  return traced(Math.min(a.value, b.value), [
    [a, share],
    [b, 1 - share],
  ])
}

export const between = (a: Traced, from: number, to: number): Traced =>
  traced(Math.min(Math.max(a.value, from), to), [[a, a.value >= from && a.value <= to ? 1 : 0]])

/** The derivatives of a number by others. */
export const derivatives = (of: Traced, by: readonly Traced[]): readonly number[] => {
  const slopes = new Map<Traced, number>([[of, 1]])
  const causes = new Set<Traced>([of])
  for (const one of causes) for (const [cause] of one.from) causes.add(cause)
  for (const one of [...causes].sort((a, b) => b.order - a.order)) {
    const slope = slopes.get(one) ?? 0
    for (const [cause, factor] of one.from) slopes.set(cause, (slopes.get(cause) ?? 0) + slope * factor)
  }
  return by.map(one => slopes.get(one) ?? 0)
}
