import fc from 'fast-check'

/** Numbers that a reader knows at sight, simplest first: counterexamples shrink towards them. */
const simple = [0, 1, 0.5, 2, -1, 0.25, 3, 0.1, 2.2, 0.7, 1 / 3, -0.3, 10, 100]

/** Short form of a number: as many digits as it needs, at most `digits`. */
export const short = (value: number, digits = 6): string => String(Number(value.toPrecision(digits)))

/** Two numbers, with as many digits as it takes to tell them apart. */
export const toldApart = (a: number, b: number): readonly [string, string] => {
  for (let digits = 4; digits < 17; digits++) {
    const [x, y] = [short(a, digits), short(b, digits)]
    if (x !== y && !Object.is(a, b)) return [x, y]
  }
  return [String(a), String(b)]
}

/** The simple numbers of a range; its ends where there is none. */
export const simpleNumbers = (least: number, most: number): readonly number[] => {
  const inside = simple.filter(n => n >= least && n <= most)
  return inside.length >= 2 ? inside : [least, most]
}

/** Numbers of a range: simple ones, sixty-fourths, and any. */
export const roundNumber = (least: number, most: number): fc.Arbitrary<number> =>
  fc.oneof(
    { withCrossShrink: true },
    { weight: 2, arbitrary: fc.constantFrom(...simpleNumbers(least, most)) },
    { weight: 1, arbitrary: fc.integer({ min: Math.ceil(least * 64), max: Math.floor(most * 64) }).map(n => n / 64) },
    { weight: 1, arbitrary: fc.double({ min: least, max: most, noNaN: true }) },
  )
