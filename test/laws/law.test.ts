import fc from 'fast-check'
import { either as E } from 'fp-ts'
import {
  asyncLaw,
  brokenAsyncLaws,
  brokenLaws,
  brokenLawText,
  type FamilyPromises,
  type LawVerdict,
  law,
  type Promises,
  rewardLaws,
} from 'kinograd/laws'
import { describe, expect, test } from 'vitest'
import { contradiction } from '../../src/laws/advantage/contradiction.ts'
import { inOrder } from '../../src/laws/in-order.ts'
import { asyncPropertyLaw, Unanswered, Unfit } from '../../src/laws/law.ts'
import { inTime, limited } from '../../src/laws/limited.ts'

/** Shrinks, also where fast-check is told not to (npm run mutation). */
const trial = { seed: 1, endOnFailure: false }
const left = <A>(made: E.Either<A, unknown>): A | undefined => (E.isLeft(made) ? made.left : undefined)
const isBelowTen = (n: number): string | null => (n < 10 ? null : `${n} is not below ten`)
const words = { look: 'the digits', restsOn: ['other'], shown: (n: number) => `the number ${n}` }

describe('a law', () => {
  test('that holds', () => {
    const small = law('small', 'numbers are below ten', fc.nat(9), isBelowTen, words)
    expect(small).toMatchObject({ name: 'small', says: 'numbers are below ten', restsOn: ['other'] })
    expect(small.check(trial)).toEqual(E.right(undefined))
    expect(small.check()).toEqual(E.right(undefined))
    expect(() => small.assert()).not.toThrow()
    expect(law('bare', '', fc.nat(9), isBelowTen).restsOn).toEqual([])
  })
  test('that does not: the smallest input, in its words', () => {
    const small = law('small', 'numbers are below ten', fc.nat(999), isBelowTen, words)
    expect(left(small.check(trial))).toEqual({
      _tag: 'BrokenLaw',
      law: 'small',
      says: 'numbers are below ten',
      input: 'the number 10',
      reason: '10 is not below ten',
      look: 'the digits',
      seed: 1,
      path: expect.stringMatching(/^\d+(:\d+)*$/),
    })
    expect(() => small.assert(trial)).toThrow('the law "small" is broken: 10 is not below ten\non the number 10\n')
    expect(left(law('plain', '', fc.constant([1, 'a']), () => 'no').check(trial))).toMatchObject({
      input: '[1,"a"]',
      look: '',
      reason: 'no',
    })
  })
  test('what is thrown is told as thrown, what is unfit as it stands', () => {
    const throwing = (thrown: unknown) =>
      left(
        law('throwing', '', fc.nat(9), n => {
          if (n > 3) throw thrown
          return null
        }).check(trial),
      )
    expect(throwing(new Error('no memory'))).toMatchObject({ input: '4', reason: 'threw no memory' })
    expect(throwing('text')).toMatchObject({ input: '4', reason: 'threw text' })
    expect(throwing(new Unfit('too short'))).toMatchObject({ input: '4', reason: 'too short' })
  })
  test('nothing is asked of what is gone', () => {
    let asked = 0
    const gone = law('gone', '', fc.nat(999), n => {
      asked++
      if (n > 9) throw new Unanswered(`gone at ${n}`)
      return null
    })
    const seen = left(gone.check(trial))
    expect(seen?.reason).toBe(`gone at ${seen?.input}`)
    const before = asked
    gone.check(trial)
    expect(asked - before).toBe(before)
    expect(before).toBeLessThan(10)
  })
  test('runs as often as it is told, and repeats itself', () => {
    let runs = 0
    const counting = law('counting', '', fc.nat(), () => {
      runs++
      return null
    })
    counting.check({ numRuns: 7 })
    expect(runs).toBe(7)
    const odd = law('odd', '', fc.nat(), n => (n % 7 === 3 ? `${n}` : null))
    const once = left(odd.check({ seed: 5 }))
    const again = left(odd.check({ seed: 5, path: once?.path ?? '', endOnFailure: true }))
    expect(again).toMatchObject({ input: once?.input, reason: once?.reason, seed: 5 })
  })
  test('its time is up', () => {
    const endless = law('endless', '', fc.constant(1), () => {
      for (let i = 0; ; i = (i + 1) % 3) if (i > 5) return null
    })
    expect(left(endless.check({ seed: 3, timeLimit: 50 }))).toEqual({
      _tag: 'BrokenLaw',
      law: 'endless',
      says: '',
      input: '1',
      reason: 'no answer within 0.05 s',
      look: 'what never returns, or raise timeLimit',
      seed: 3,
      path: null,
    })
    expect(left(endless.check({ timeLimit: 50 }))?.seed).toBe(0)
  })
})

describe('a law of what answers later', () => {
  const later = (n: number) => Promise.resolve(isBelowTen(n))
  test('that holds, and that does not', async () => {
    const holds = asyncLaw('small', 'says', fc.nat(9), later, words)
    expect(holds).toMatchObject({ name: 'small', says: 'says', restsOn: ['other'] })
    expect(await holds.check()).toEqual(E.right(undefined))
    await holds.assert(trial)
    expect(asyncLaw('bare', '', fc.nat(9), later).restsOn).toEqual([])
    const broken = asyncLaw('small', 'says', fc.nat(999), later, words)
    expect(left(await broken.check(trial))).toMatchObject({
      law: 'small',
      input: 'the number 10',
      reason: '10 is not below ten',
      look: 'the digits',
      seed: 1,
    })
    await expect(broken.assert(trial)).rejects.toThrow('the law "small" is broken: 10 is not below ten')
  })
  test('what is thrown, what is unfit, and what is gone', async () => {
    const throwing = async (thrown: unknown) => {
      let asked = 0
      const made = asyncLaw('throwing', '', fc.nat(99), async n => {
        asked++
        if (n > 3) throw thrown
        return null
      })
      return { ...left(await made.check(trial)), asked }
    }
    expect(await throwing(new Error('no memory'))).toMatchObject({ input: '4', reason: 'threw no memory' })
    expect(await throwing(new Unfit('too short'))).toMatchObject({ input: '4', reason: 'too short' })
    const gone = await throwing(new Unanswered('gone'))
    expect(gone.reason).toBe('gone')
    expect(gone.asked).toBeLessThan(5)
  })
  test('its time is up, and nothing more is asked', async () => {
    let asked = 0
    const slow = asyncLaw('slow', '', fc.nat(), async () => {
      asked++
      await new Promise(resolve => setTimeout(resolve, 30))
      return null
    })
    expect(left(await slow.check({ ...trial, timeLimit: 45 }))).toMatchObject({ reason: 'no answer within 0.045 s' })
    const before = asked
    await new Promise(resolve => setTimeout(resolve, 120))
    expect(asked - before).toBeLessThanOrEqual(1)
  })
  test('a property of fast-check as a law', async () => {
    const of = (fails: boolean) =>
      asyncPropertyLaw('property', 'says', () =>
        fc.asyncProperty(fc.nat(99), async n => {
          if (fails && n > 9) throw new Error(`too large: ${n}`)
        }),
      )
    expect(of(true)).toMatchObject({ name: 'property', says: 'says', restsOn: [] })
    expect(await of(false).check(trial)).toEqual(E.right(undefined))
    expect(left(await of(true).check(trial))).toMatchObject({ law: 'property', input: '[10]', reason: 'too large: 10' })
    await expect(of(true).assert(trial)).rejects.toThrow('the law "property" is broken: too large: 10')
    const endless = asyncPropertyLaw('endless', '', () => fc.asyncProperty(fc.nat(), () => new Promise<void>(() => {})))
    expect(left(await endless.check({ timeLimit: 20 }))).toMatchObject({
      reason: 'no answer within 0.02 s',
      input: 'no input at all',
    })
  })
})

describe('a limit of time', () => {
  test('gives what was made, passes on what was thrown, and null when it is up', () => {
    expect(limited(() => 5, 100)).toBe(5)
    expect(limited(() => 0, 100)).toBe(0)
    expect(() =>
      limited(() => {
        throw new Error('own')
      }, 100),
    ).toThrow('own')
    for (const thrown of [null, 'text', { code: 5 }])
      expect(() =>
        limited(() => {
          throw thrown
        }, 100),
      ).toThrow()
    expect(
      limited(() => {
        for (let i = 0; ; i = (i + 1) % 3) if (i > 5) return 1
      }, 20),
    ).toBeNull()
  })
  test('of promises', async () => {
    expect(await inTime(Promise.resolve(5), 1000)).toBe(5)
    expect(await inTime(new Promise(() => {}), 10)).toBeNull()
    await expect(inTime(Promise.reject(new Error('own')), 1000)).rejects.toThrow('own')
  })
})

describe('laws that rest on each other', () => {
  const holds = law('holds', '', fc.nat(9), () => null)
  const breaks = law('breaks', '', fc.nat(9), () => 'broken')
  const resting = (restsOn: readonly string[]) => law('after', '', fc.nat(9), () => 'broken too', { restsOn })
  const names = (laws: Parameters<typeof brokenLaws>[0]) => brokenLaws(laws, trial).map(({ law: name }) => name)
  test('a fault is reported once', () => {
    expect(names([holds, breaks])).toEqual(['breaks'])
    expect(names([holds, breaks, resting(['breaks'])])).toEqual(['breaks'])
    expect(names([holds, breaks, resting(['holds'])])).toEqual(['breaks', 'after'])
    expect(names([resting(['breaks']), breaks])).toEqual(['after', 'breaks'])
    expect(names(inOrder([breaks, holds, resting([])]))).toEqual(['breaks'])
    expect(inOrder([breaks, holds, resting([])]).map(({ restsOn }) => restsOn)).toEqual([
      [],
      ['breaks'],
      ['breaks', 'holds'],
    ])
  })
  test('later too, and each verdict is told', async () => {
    const told: LawVerdict[] = []
    const broken = await brokenAsyncLaws([holds, breaks, resting(['breaks'])], trial, verdict => told.push(verdict))
    expect(broken.map(({ law: name }) => name)).toEqual(['breaks'])
    expect(told).toMatchObject([
      { _tag: 'Kept', law: 'holds' },
      { _tag: 'BrokenLaw', law: 'breaks' },
      { _tag: 'NotTried', law: 'after' },
    ])
    expect(await brokenAsyncLaws([holds])).toEqual([])
  })
  test('the words of a broken law', () => {
    const broken = {
      _tag: 'BrokenLaw',
      law: 'a "b"',
      says: 's',
      input: 'i',
      reason: 'r',
      look: '',
      seed: 4,
      path: null,
    } as const
    expect(brokenLawText(broken)).toBe(
      `the law "a "b"" is broken: r\non i\n(seed 4)\nit says: s\nagain: laws.find(({ name }) => name === "a \\"b\\"")?.assert({ seed: 4 })`,
    )
    expect(brokenLawText({ ...broken, look: 'here', path: '1:2' })).toBe(
      `the law "a "b"" is broken: r\non i\n(seed 4, path "1:2")\nit says: s\nlook at: here\nagain: laws.find(({ name }) => name === "a \\"b\\"")?.assert({ seed: 4, path: "1:2", endOnFailure: true })`,
    )
  })
})

describe('what contradicts itself, in full', () => {
  const two = ['seen', 'answered']
  const group = { routing: 'all', scope: 'group', scale: 'sample' } as const
  const gdpo = { family: 'gdpo' } as const
  const cases: readonly (readonly [Promises | FamilyPromises, string | null])[] = [
    [group, null],
    [{ ...group, scope: 'batch', scale: 'other' }, null],
    [{ ...group, scope: 'batch', scale: 'none' }, null],
    [{ ...group, range: [0, 1], precision: 'float32', sizes: [2, 2], epsilon: 0 }, null],
    [{ ...group, scale: 'none', scaleFree: false }, null],
    [gdpo, null],
    [{ ...gdpo, weights: { seen: 2 }, ddof: 0, epsilon: 1, missing: false }, null],
    [{ family: 'sum', scale: 'batch' }, null],
    [{ family: 'paGrpo', scale: 'none' }, null],
    [{ family: 'grpo', reward: 'seen', scale: 'group' }, null],
    [{ family: 'passAtK', k: 1, values: [0, 1] }, null],
    [{ family: 'passAtK' }, null],
    [{ ...gdpo, range: [0, 1], values: [0, 1] }, 'range and values are both given: rewards come from one of them'],
    [{ ...gdpo, range: [1, 1] }, 'range [1, 1] holds no two rewards'],
    [{ ...gdpo, range: [Number.NaN, 1] }, 'range [NaN, 1] holds no two rewards'],
    [{ ...gdpo, range: [-1.5e308, 1.5e308] }, 'range [-1.5e+308, 1.5e+308] is wider than a float64 can say'],
    [
      { ...gdpo, range: [0, 1e19], precision: 'float32' },
      'range [0, 10000000000000000000] has squares that float32 cannot hold',
    ],
    [
      { ...gdpo, range: [-1e19, 0], precision: 'float32' },
      'range [-10000000000000000000, 0] has squares that float32 cannot hold',
    ],
    [{ ...gdpo, range: [0, 1e18], precision: 'float32' }, null],
    [{ ...gdpo, range: [0, 1e19], precision: 'float64' }, null],
    [{ ...gdpo, values: [1, 1] }, 'values [1,1] tell no two rollouts apart'],
    [{ ...gdpo, sizes: [1, 8] }, 'sizes [1, 8] are no sizes of groups: at least 2, and the least first'],
    [{ ...gdpo, sizes: [8, 7] }, 'sizes [8, 7] are no sizes of groups: at least 2, and the least first'],
    [{ ...gdpo, epsilon: -1 }, 'epsilon is -1'],
    [{ ...gdpo, epsilon: Number.POSITIVE_INFINITY }, 'epsilon is Infinity'],
    [{ ...gdpo, epsilon: Number.NaN }, 'epsilon is NaN'],
    [
      { ...group, scope: 'batch' as const },
      'scale "sample" is the deviation of each group by itself, and scope "batch" says that the batch enters: say scope "group", or scale "other"',
    ],
    [
      { ...group, scope: 'batch', scale: 'population' },
      'scale "population" is the deviation of each group by itself, and scope "batch" says that the batch enters: say scope "group", or scale "other"',
    ],
    [{ ...group, scale: 'none', epsilon: 1 }, 'epsilon is 1, and scale "none" divides by nothing'],
    [{ ...group, scale: 'none', scaleFree: true }, 'scaleFree is promised, and scale "none" divides by nothing'],
    [
      { ...gdpo, ...Object.fromEntries([['routing', 'all']]) },
      'routing is promised beside a family, whose definition says it already',
    ],
    [
      { ...gdpo, ...Object.fromEntries([['scope', 'group']]) },
      'scope is promised beside a family, whose definition says it already',
    ],
    ...['constantIsZero', 'skipsUnscored', 'symmetric', 'shiftFree', 'keepsOrder', 'zeroSum', 'scaleFree'].map(
      (habit): readonly [FamilyPromises, string] => [
        { ...gdpo, ...Object.fromEntries([[habit, true]]) },
        `${habit} is promised beside a family, whose definition says it already`,
      ],
    ),
    [
      { family: 'toString' as 'gdpo' },
      'family is "toString", there is: paGrpo, grpo, sum, drGrpo, rloo, gdpo, leaveOneOut, reinforcePlusPlus, reinforcePlusPlusBaseline, passAtK',
    ],
    [{ family: 'grpo' }, 'family "grpo" has one reward: say which of seen, answered'],
    [{ ...gdpo, reward: 'seen' }, 'reward is "seen", and family "gdpo" uses all rewards'],
    [{ family: 'grpo', reward: 'x' }, 'reward is "x", there is: seen, answered'],
    [{ ...gdpo, weights: { seen: 1, x: 1 } }, 'a weight is for "x", there is: seen, answered'],
    [{ family: 'paGrpo', weights: { seen: 1 } }, 'weights are given, and family "paGrpo" adds nothing up'],
    [{ family: 'grpo', reward: 'seen', weights: {} }, 'weights are given, and family "grpo" adds nothing up'],
    [{ ...gdpo, scale: 'group' }, 'scale is "group", and family "gdpo" has its own'],
    [{ ...gdpo, ddof: 2 as 1 }, 'ddof is 2, there is: 0, 1'],
    [{ ...gdpo, k: 2 }, 'k is 2, and family "gdpo" has none'],
    [{ family: 'passAtK', k: 0 }, 'k is 0'],
    [{ family: 'passAtK', k: 1.5 }, 'k is 1.5'],
    [
      { family: 'passAtK', range: [0, 1] },
      'family "passAtK" knows right (above 0) and wrong (0): give values, not a range',
    ],
    [
      { family: 'passAtK', values: [-1, 1] },
      'family "passAtK" knows right (above 0) and wrong (0): give values, not a range',
    ],
  ]
  test.each(cases)('%o', (promises, wanted) => expect(contradiction(promises, two)).toBe(wanted))
  test('one process needs no name', () => {
    expect(contradiction({ family: 'grpo' }, ['only'])).toBeNull()
  })
})

describe('the laws of rewards, by what breaks them', () => {
  const truths = fc.constantFrom('A', 'B', 'C', 'D')
  type Score = (answer: string, truth: string) => number
  const right: Score = (answer, truth) => (answer.trim() === truth ? 1 : 0)
  const broken = (score: Score, promises = {}) =>
    brokenLaws(
      rewardLaws((answer, truth) => E.right(score(answer, truth)), { truths, ...promises }),
      trial,
    ).map(({ law: name, reason }) => `${name}: ${reason}`)
  const cases: readonly (readonly [string, Score, object, readonly string[]])[] = [
    ['right', right, {}, []],
    ['above its range', (a, t) => 2 * right(a, t), {}, ['in range: the reward is 2']],
    ['above, and so it is promised', (a, t) => 2 * right(a, t), { range: [0, 2] }, []],
    ['below its range', (a, t) => right(a, t) - 1, {}, ['in range: the reward is -1']],
    ['NaN', () => Number.NaN, {}, ['in range: the reward is NaN']],
    ['never the most', (a, t) => right(a, t) / 2, {}, ['the truth is right: the truth itself gets 0.5 of 1']],
    ['never the most, as promised', (a, t) => right(a, t) / 2, { perfect: false }, []],
    ['constant', () => 1, {}, ['another truth is wrong: it gets 1, as much as the truth itself may']],
    ['constant, as promised', () => 1, { tells: false, commits: false }, []],
    [
      'nothing is right',
      (a, t) => (a.trim() === '' ? 1 : right(a, t)),
      {},
      ['no answer is wrong: it gets 1, as much as the truth itself may'],
    ],
    [
      'anywhere',
      (a, t) => (a.includes(t) && a !== 'NaN' ? 1 : 0),
      {},
      ['an answer commits itself: it gets 1, as much as the truth itself may'],
    ],
    ['anywhere, as promised', (a, t) => (a.includes(t) && a !== 'NaN' ? 1 : 0), { commits: false }, []],
    ['to the letter', (a, t) => (a === t ? 1 : 0), {}, ['white space around is free: 1, with white space 0']],
    ['to the letter, as promised', (a, t) => (a === t ? 1 : 0), { trims: false }, []],
  ]
  test.each(cases)('%s', (_, score, promises, wanted) => expect(broken(score, promises)).toEqual(wanted))
  test('what counts its calls', () => {
    let calls = 0
    const [made = '', ...others] = broken(() => (calls++ % 3 === 0 ? 1 : 0))
    expect(made).toMatch(/^no memory: [01], then [01]$/)
    expect(others).toEqual([])
  })
  test('each form of hiding the truth is found', () => {
    for (const form of [/^. [A-D]$/, / or /, /^., .$/, /^., ., .$/, /^.\n.\n.$/, /^not/]) {
      const fooled: Score = (answer, truth) => (form.test(answer) && answer.includes(truth) ? 1 : right(answer, truth))
      expect(broken(fooled).map(text => text.split(':')[0])).toEqual(['an answer commits itself'])
    }
  })
  test('two truths may mean the same', () => {
    const loose: Score = (answer, truth) => (answer.trim().toLowerCase() === truth.toLowerCase() ? 1 : 0)
    expect(broken(loose, { truths: fc.constantFrom('a', 'A', 'b', 'B', 'c') })).toEqual([])
    const exact: Score = (answer, truth) => (answer.trim() !== '' && Number(answer) === Number(truth) ? 1 : 0)
    expect(broken(exact, { truths: fc.constantFrom('1', '1.0', '2', '2e0', '3') })).toEqual([])
    const first: Score = (answer, truth) => (answer.trim().charAt(0) === truth.charAt(0) ? 1 : 0)
    const same = (a: string, b: string) => a.trim().charAt(0) === b.trim().charAt(0)
    expect(broken(first, { truths: fc.constantFrom('ab', 'ac', 'bc'), same, commits: false })).toEqual([])
  })
  test('a truth that is refused is named', () => {
    const made = brokenLaws(
      rewardLaws(() => E.left('no'), { truths: fc.constant('A') }),
      trial,
    )
    expect(made).toMatchObject([{ law: 'in range', reason: expect.stringContaining(' for "A"') }])
    expect(made[0]?.reason).toMatch(/^threw rejects "/)
    expect(made[0]?.input).toMatch(/^the answer ".*" for the truth "A"$/s)
  })
})
