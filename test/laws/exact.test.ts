import type { Raw } from 'kinograd/advantage'
import type { Family } from 'kinograd/laws'
import { describe, expect } from 'vitest'
import { bitsOf, type Fraction, fractionOf, overOne, root, toNumber } from '../../src/laws/exact/dyadic.ts'
import { byDefinition, type Definition } from '../../src/laws/exact/families.ts'
import { familyTraits } from '../../src/laws/exact/habits.ts'
import {
  centred,
  deviation,
  deviationsOfOthers,
  divided,
  exactly,
  type Numbers,
  overAll,
  together,
  toNumbers,
  weighted,
  withoutOwnMean,
} from '../../src/laws/exact/numbers.ts'
import { families } from '../../src/laws/promises.ts'
import { short, simpleNumbers, toldApart } from '../../src/laws/round.ts'
import { fc, test } from '../property.ts'

const numRuns = Number(process.env.KINOGRAD_FUZZ_RUNS ?? 100)
const float = fc.double({ noNaN: true, noDefaultInfinity: true })
const isSame = (a: Fraction, b: Fraction): boolean => a.part * b.over === b.part * a.over

describe('floats as fractions', () => {
  test.each([
    [0, 0n, 1n],
    [-0, 0n, 1n],
    [1, 1n, 1n],
    [-0.5, -1n, 2n],
    [0.75, 3n, 4n],
    [6, 6n, 1n],
    [2 ** 60, 2n ** 60n, 1n],
    [Number.MIN_VALUE, 1n, 2n ** 1074n],
    [2 ** -1022, 1n, 2n ** 1022n],
    [-Number.MAX_VALUE, -(2n ** 1024n - 2n ** 971n), 1n],
    [0.1, 3602879701896397n, 2n ** 55n],
  ])('%d', (value, part, over) => expect(fractionOf(value)).toEqual({ part, over }))
  test.prop([float], { numRuns: numRuns * 5 })('and back', value => {
    const { part, over } = fractionOf(value)
    expect(toNumber({ part, over })).toBe(value === 0 ? 0 : value)
    expect(over & (over - 1n)).toBe(0n)
    expect(part % 2n !== 0n || over === 1n).toBe(true)
  })
  test('several over one denominator, the smallest; what is unscored stays so', () => {
    expect(overOne([0.5, null, 0, -3])).toEqual({ over: 2n, parts: [1n, null, 0n, -6n] })
    expect(overOne([8, 16])).toEqual({ over: 1n, parts: [8n, 16n] })
    expect(overOne([])).toEqual({ over: 1n, parts: [] })
    expect(overOne([null])).toEqual({ over: 1n, parts: [null] })
  })
  test.each([
    [{ part: 1n, over: 3n }, 1 / 3],
    [{ part: -2n, over: 3n }, -2 / 3],
    [{ part: 10n ** 400n, over: 10n ** 100n }, 1e300],
    [{ part: 1n, over: 10n ** 300n }, 1e-300],
    [{ part: 10n ** 400n, over: 1n }, Number.POSITIVE_INFINITY],
    [{ part: 1n, over: 10n ** 400n }, 0],
    [{ part: 0n, over: 5n }, 0],
  ])('the nearest float of %o', (fraction, wanted) => {
    const made = toNumber(fraction)
    if (Number.isFinite(wanted) && wanted !== 0) expect(Math.abs(made / wanted - 1)).toBeLessThan(2.3e-16)
    else expect(made).toBe(wanted)
  })
  test('digits are counted by four', () => {
    expect([0n, 1n, 15n, 16n, -255n, 256n].map(bitsOf)).toEqual([4, 4, 4, 8, 8, 12])
  })
  test.prop([fc.bigInt(0n, 2n ** 200n), fc.bigInt(1n, 2n ** 200n)], { numRuns })(
    'roots, to 150 binary digits',
    (part, over) => {
      const made = root({ part, over })
      expect(made.part >= 0n).toBe(true)
      // root² ≤ part / over ≤ (root · (1 + 2^-150))².
      const square = made.part * made.part * over
      const wanted = part * made.over * made.over
      expect(square <= wanted).toBe(true)
      expect((wanted - square) * 2n ** 149n <= wanted).toBe(true)
      const whole = root({ part: part * part, over: over * over })
      expect(Math.abs(toNumber(whole) / (toNumber({ part, over }) || 1) - (part === 0n ? 0 : 1))).toBeLessThan(1e-15)
    },
  )
})

/** The same by its definition, in fractions. */
const add = (a: Fraction, b: Fraction): Fraction => ({ part: a.part * b.over + b.part * a.over, over: a.over * b.over })
const times = (a: Fraction, b: Fraction): Fraction => ({ part: a.part * b.part, over: a.over * b.over })
const whole = (n: number): Fraction => ({ part: BigInt(n), over: 1n })
const minus = (a: Fraction, b: Fraction): Fraction => add(a, times(whole(-1), b))
const over = (a: Fraction, n: number): Fraction => ({ part: a.part, over: a.over * BigInt(n) })
const sum = (all: readonly Fraction[]): Fraction => all.reduce(add, whole(0))
const partsOf = ({ parts, over }: Numbers): readonly (Fraction | null)[] =>
  parts.map(part => (part === null ? null : { part, over }))
const scored = (x: Numbers): readonly Fraction[] => partsOf(x).filter(f => f !== null)
const expectSame = (made: Numbers, wanted: readonly (Fraction | null)[]): void => {
  expect(made.parts.map(part => part === null)).toEqual(wanted.map(part => part === null))
  for (const [i, got] of partsOf(made).entries()) {
    const right = wanted[i]
    if (got !== null && right != null) expect([i, isSame(got, right)]).toEqual([i, true])
  }
}
const reward = fc.oneof(fc.constantFrom(0, 1, 0.5, -2.25, 0.1, null), fc.double({ min: -100, max: 100, noNaN: true }))
const rewards = fc.array(reward, { minLength: 1, maxLength: 7 })

describe('numbers of a group', () => {
  test.prop([rewards], { numRuns })('minus the mean, and minus the mean of the others', given => {
    const x = exactly(given)
    const all = scored(x)
    const mean = over(sum(all), Math.max(1, all.length))
    expectSame(
      centred(x),
      partsOf(x).map(f => (f === null ? null : minus(f, mean))),
    )
    expectSame(
      withoutOwnMean(x),
      partsOf(x).map(f => {
        if (f === null) return null
        return all.length < 2 ? whole(0) : minus(f, over(minus(sum(all), f), all.length - 1))
      }),
    )
  })
  test.prop([rewards, fc.constantFrom(0, 1)], { numRuns })('deviations, of all and of the others', (given, ddof) => {
    const near = (made: Fraction, of: readonly number[]): void => {
      const mean = of.reduce((s, r) => s + r, 0) / of.length
      const wanted =
        of.length - ddof < 1 ? 0 : Math.sqrt(of.reduce((s, r) => s + (r - mean) ** 2, 0) / (of.length - ddof))
      expect(toNumber(made)).toBeCloseTo(wanted, 9)
    }
    const numbers = given.filter(r => r !== null)
    near(deviation(exactly(given), ddof), numbers)
    for (const [i, made] of deviationsOfOthers(exactly(given), ddof).entries()) {
      const own = given[i]
      if (own === null) expect(made.part).toBe(0n)
      else
        near(
          made,
          given.filter((r, j): r is number => r !== null && j !== i),
        )
    }
  })
  test.prop([rewards, fc.constantFrom(0, 0.5, 3), fc.constantFrom(0, 1e-4, 0.25)], { numRuns })(
    'divided',
    (given, by, epsilon) => {
      const x = exactly(given)
      const made = toNumbers(divided(x, fractionOf(by), epsilon))
      for (const [i, value] of given.entries()) {
        const wanted = value === null || by + epsilon === 0 ? 0 : value / (by + epsilon)
        expect(Math.abs((made[i] ?? Number.NaN) - wanted)).toBeLessThanOrEqual(4e-16 * Math.abs(wanted) + 2 ** -290)
      }
      expect(divided(x, fractionOf(by), epsilon).parts.map(p => p === null)).toEqual(given.map(r => r === null))
    },
  )
  test('what grows for ever is cut to 320 digits of the largest', () => {
    const third: Numbers = { over: 3n ** 400n, parts: [3n ** 399n, -(3n ** 200n), null], slack: 1 }
    const made = divided(third, { part: 1n, over: 1n }, 0)
    expect(made.over & (made.over - 1n)).toBe(0n)
    expect(bitsOf(made.over)).toBeLessThan(340)
    expect(toNumbers(made)[0]).toBeCloseTo(1 / 3, 15)
    expect(toNumbers(made)[1]).toBeCloseTo(0, 15)
    expect(made.parts[2]).toBeNull()
  })
  test.prop(
    [
      fc.array(fc.tuple(fc.constantFrom(1, -0.5, 2, 0), fc.array(reward, { minLength: 3, maxLength: 3 })), {
        minLength: 1,
        maxLength: 3,
      }),
    ],
    { numRuns },
  )('weighted sums, unscored as soon as one is', all => {
    const made = weighted(all.map(([weight, given]) => [weight, exactly(given)] as const))
    expectSame(
      made,
      [0, 1, 2].map(i => {
        const terms = all.map(([weight, given]) => {
          const value = given[i]
          return value == null ? null : times(fractionOf(weight), fractionOf(value))
        })
        return terms.some(term => term === null) ? null : sum(terms.filter(term => term !== null))
      }),
    )
  })
  test('nothing to add', () => {
    expect(weighted([])).toEqual({ over: 1n, parts: [], slack: 0 })
  })
  test('together and apart again', () => {
    const groups = [exactly([0.5, null]), { over: 3n, parts: [1n], slack: 9 }, exactly([])]
    expect(together(groups)).toEqual({ over: 6n, parts: [3n, null, 2n], slack: 9 })
    expect(together([])).toEqual({ over: 1n, parts: [], slack: 0 })
    const parted = overAll(groups, x => ({ ...x, parts: x.parts.map(p => (p === null ? null : p + 6n)) }))
    expect(parted.map(({ parts }) => parts)).toEqual([[9n, null], [8n], []])
    expect(toNumbers({ over: 4n, parts: [1n, null], slack: 0 })).toEqual([0.25, 0])
  })
  test('the slack is the size of what a rounding error would stand at', () => {
    const x = exactly([3, -8, null])
    expect(x.slack).toBe(8)
    expect(exactly([null]).slack).toBe(0)
    expect(centred(x).slack).toBe(8)
    expect(withoutOwnMean(x).slack).toBe(16)
    expect(divided(x, whole(2), 0).slack).toBe((8 * (1 + 4)) / 2 + 4)
    expect(
      weighted([
        [-2, x],
        [0.5, exactly([1, 1, 1])],
      ]).slack,
    ).toBe(16.5)
  })
})

/** Two groups of two processes, small enough for a head. */
const raw = (group: string, a: Raw<string>['rewards'][string], b: Raw<string>['rewards'][string]): Raw<string> => ({
  _tag: 'Raw',
  group,
  size: a.length,
  rewards: { a, b },
})
const batch = [raw('g', [0, 1, 2], [0, 0, 3]), raw('h', [1, 3], [5, 1])]
const base: Definition = { family: 'sum', reward: 'a', weights: {}, scale: 'group', ddof: 1, epsilon: 0, k: 2 }
const rows = (d: Partial<Definition>, groups: readonly Raw<string>[] = batch): readonly (readonly number[])[] =>
  byDefinition(groups, { ...base, ...d }).map(({ outside }) => toNumbers(outside))
const std = (all: readonly number[], ddof = 1): number => {
  const mean = all.reduce((s, x) => s + x, 0) / all.length
  return Math.sqrt(all.reduce((s, x) => s + (x - mean) ** 2, 0) / (all.length - ddof))
}
const near = (made: readonly (readonly number[])[], wanted: readonly (readonly number[])[]): void => {
  expect(made.map(row => row.length)).toEqual(wanted.map(row => row.length))
  for (const [g, row] of made.entries())
    for (const [i, value] of row.entries()) expect(value).toBeCloseTo(wanted[g]![i]!, 12)
}
const z = (row: readonly number[], ddof = 1, epsilon = 0): readonly number[] => {
  const mean = row.reduce((s, x) => s + x, 0) / row.length
  return row.map(x => (x - mean) / (std(row, ddof) + epsilon))
}

describe('families by hand', () => {
  const sums = [
    [0, 1, 5],
    [6, 4],
  ]
  test('grpo and sum', () => {
    near(rows({ family: 'grpo' }), [z([0, 1, 2]), z([1, 3])])
    near(rows({ family: 'grpo', reward: 'b', ddof: 0 }), [z([0, 0, 3], 0), z([5, 1], 0)])
    near(rows({ family: 'grpo', reward: 'c' }), [[], []])
    near(
      rows({}),
      sums.map(row => z(row)),
    )
    near(
      rows({ epsilon: 0.5 }),
      sums.map(row => z(row, 1, 0.5)),
    )
    near(rows({ weights: { a: 2, b: 0 } }), [z([0, 2, 4]), z([2, 6])])
    near(rows({ scale: 'none' }), [
      [-2, -1, 3],
      [1, -1],
    ])
    const all = std(sums.flat())
    near(rows({ scale: 'batch' }), [[-2, -1, 3].map(x => x / all), [1, -1].map(x => x / all)])
  })
  test('Dr. GRPO and RLOO', () => {
    near(rows({ family: 'drGrpo', weights: { b: 2 } }), [[-3, -2, 5], [4 - 0, -4].map(x => x * 0.75)])
    near(rows({ family: 'rloo' }), [
      [-3, -1.5, 4.5],
      [2, -2],
    ])
  })
  test('leave one out: the deviation of the others too', () => {
    near(rows({ family: 'leaveOneOut', epsilon: 0.25 }), [
      [-3 / (std([1, 5]) + 0.25), -1.5 / (std([0, 5]) + 0.25), 4.5 / (std([0, 1]) + 0.25)],
      [8, -8],
    ])
  })
  test('REINFORCE++, with and without the mean of the group', () => {
    const flat = z(sums.flat())
    near(rows({ family: 'reinforcePlusPlus' }), [flat.slice(0, 3), flat.slice(3)])
    const own = z([-2, -1, 3, 1, -1])
    near(rows({ family: 'reinforcePlusPlusBaseline' }), [own.slice(0, 3), own.slice(3)])
  })
  test('GDPO: each process by group, added, and once more over the batch', () => {
    const each = [z([0, 1, 2]).map((x, i) => x + z([0, 0, 3])[i]!), z([1, 3]).map((x, i) => x + z([5, 1])[i]!)]
    const flat = z(each.flat())
    near(rows({ family: 'gdpo' }), [flat.slice(0, 3), flat.slice(3)])
    // What is unscored in one process is unscored in all.
    const [one] = rows({ family: 'gdpo' }, [raw('g', [0, 1, null, 4], [1, 0, 3, 1])])
    const alone = z(z([0, 1, 4]).map((x, i) => x + z([1, 0, 1])[i]!))
    near([one!], [[alone[0]!, alone[1]!, 0, alone[2]!]])
  })
  test('pass@k', () => {
    // Four rollouts, one right, k = 2: R = 1 − C(3,2)/C(4,2) = 1/2, σ = 1/2; wrong ones (1/2 − C(2,1)/C(3,1)) / σ.
    const only = (given: Raw<string>['rewards'][string]) => [{ ...raw('g', given, given), rewards: { a: given } }]
    near(rows({ family: 'passAtK' }, only([1, 0, 0, 0])), [[1, -1 / 3, -1 / 3, -1 / 3]])
    near(rows({ family: 'passAtK', k: 1 }, only([1, 0])), [[1, -1]])
    near(rows({ family: 'passAtK' }, only([1, 0, null, 0, 0])), [[1, -1 / 3, 0, -1 / 3, -1 / 3]])
    for (const flat of [[0, 0, 0], [1, 1, 1], [1, 1, 0], [1], [null]])
      near(rows({ family: 'passAtK' }, only(flat)), [flat.map(() => 0)])
    expect(byDefinition(only([null, 1, 0, 0]), { ...base, family: 'passAtK' })[0]?.outside.parts[0]).toBeNull()
  })
  test('PA-GRPO: each process its own, and nothing elsewhere', () => {
    const [first, second] = byDefinition(batch, { ...base, family: 'paGrpo' })
    near(
      [toNumbers(first!.advantages.a!), toNumbers(first!.advantages.b!), toNumbers(second!.advantages.b!)],
      [z([0, 1, 2]), z([0, 0, 3]), z([5, 1])],
    )
    expect([toNumbers(first!.outside), toNumbers(second!.outside)]).toEqual([
      [0, 0, 0],
      [0, 0],
    ])
    expect(byDefinition([], { ...base, family: 'paGrpo' })).toEqual([])
  })
  test('all other families give every process the same', () => {
    for (const family of families.filter(name => name !== 'paGrpo')) {
      const [first] = byDefinition(batch, { ...base, family })
      expect(Object.keys(first!.advantages)).toEqual(['a', 'b'])
      expect(first!.advantages.a).toEqual(first!.outside)
      expect(first!.advantages.b).toEqual(first!.outside)
    }
  })
  test('equal rewards: no division by nothing', () => {
    for (const family of families) near(rows({ family }, [raw('g', [1, 1], [2, 2])]), [[0, 0]])
  })
  test('what follows from each definition', () => {
    const withoutHabit = (habit: 'zeroSum' | 'keepsOrder' | 'shiftFree' | 'scaleFree'): readonly Family[] =>
      families.filter(name => familyTraits[name][habit] === false)
    expect(withoutHabit('zeroSum')).toEqual(['leaveOneOut', 'passAtK'])
    expect(withoutHabit('keepsOrder')).toEqual(['leaveOneOut', 'passAtK'])
    expect(withoutHabit('shiftFree')).toEqual(['passAtK'])
    expect(withoutHabit('scaleFree')).toEqual(families.filter(name => !['grpo', 'paGrpo', 'sum'].includes(name)))
    expect(families.filter(name => familyTraits[name].wholeBatch)).toEqual([
      'gdpo',
      'reinforcePlusPlus',
      'reinforcePlusPlusBaseline',
    ])
    expect(families.filter(name => familyTraits[name].routing === 'process')).toEqual(['paGrpo'])
  })
})

describe('numbers in words', () => {
  test('short, and told apart', () => {
    expect([short(1 / 3), short(0.5), short(1e21), short(1 / 3, 2)]).toEqual(['0.333333', '0.5', '1e+21', '0.33'])
    expect(toldApart(1, 2)).toEqual(['1', '2'])
    expect(toldApart(1 / 3, 1 / 3 + 1e-6)).toEqual(['0.333333', '0.333334'])
    expect(toldApart(1, 1 + Number.EPSILON)).toEqual(['1', '1.0000000000000002'])
    expect(toldApart(5, 5)).toEqual(['5', '5'])
    expect(toldApart(Number.NaN, 1)).toEqual(['NaN', '1'])
  })
  test('simple numbers of a range, its ends where there are none', () => {
    expect(simpleNumbers(0, 1)).toEqual([0, 1, 0.5, 0.25, 0.1, 0.7, 1 / 3])
    expect(simpleNumbers(-1, 0)).toEqual([0, -1, -0.3])
    expect(simpleNumbers(100, 200)).toEqual([100, 200])
    expect(simpleNumbers(10, 100)).toEqual([10, 100])
    expect(simpleNumbers(5, 6)).toEqual([5, 6])
  })
})
