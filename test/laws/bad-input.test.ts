import type { Normaliser, Raw } from 'kinograd/advantage'
import { paGrpo } from 'kinograd/advantage'
import { advantageLaws, brokenLaws, type FamilyPromises, law, type Promises, paGrpoPromises } from 'kinograd/laws'
import { describe, expect, test } from 'vitest'
import { fc } from '../property.ts'
import { waitedSince } from '../spent.ts'

type Two = 'perception' | 'reasoning'
const two = ['perception', 'reasoning'] as const
const right: Normaliser<Two> = paGrpo()
const reasons = (normaliser: Normaliser<Two>, timeLimit = 60_000) =>
  brokenLaws(advantageLaws(normaliser, paGrpoPromises, two), { seed: 1, timeLimit }).map(
    ({ law, reason }) => `${law}: ${reason}`,
  )

describe('a normaliser that is none is named in one line, once', () => {
  test('it throws', () =>
    expect(
      reasons(() => {
        throw new Error('no memory left')
      }),
    ).toEqual(['one advantage a rollout: threw no memory left']))
  test('it returns too few groups', () =>
    expect(reasons(batch => [...right(batch)].slice(1))).toEqual(['one advantage a rollout: 1 groups became 0']))
  test('it returns nothing at all', () => expect(reasons((() => undefined) as never)).toHaveLength(1))
  test('it shares a buffer between calls', () => {
    const buffer = new Float64Array(300)
    const sharing: Normaliser<Two> = (batch: readonly Raw<Two>[]) =>
      [...right(batch)].map(made => {
        buffer.set(made.advantages.perception)
        return { ...made, advantages: { ...made.advantages, perception: buffer.subarray(0, made.size) } }
      })
    expect(reasons(sharing)).toHaveLength(1)
    expect(reasons(sharing)[0]).toMatch(/^a result stays as it is: group \d+ was changed by the next batch: rollout/)
  })
  test('it never returns', () => {
    const forever: Normaliser<Two> = batch => {
      for (let i = 0; batch.length > 0; i = (i + 1) % 7) if (i > 9) break
      return right(batch)
    }
    const before = performance.now()
    expect(reasons(forever, 300)).toEqual(['one advantage a rollout: no answer within 0.3 s'])
    expect(waitedSince(before)).toBeLessThan(5000)
  })
  test('its NaN is reported once, by the law that is about it', () =>
    expect(
      reasons(batch =>
        [...right(batch)].map(made => ({
          ...made,
          advantages: { ...made.advantages, perception: made.advantages.perception.map(a => a / a) },
        })),
      ),
    ).toEqual(['finite: rollout 0 of "perception" has NaN, which is not finite']))
})

describe('promises that contradict each other are named in one line', () => {
  const family = { family: 'gdpo' } as const
  const cases: readonly (readonly [Promises | FamilyPromises, string])[] = [
    [
      { routing: 'process', scope: 'batch', scale: 'sample' },
      'scale "sample" is the deviation of each group by itself',
    ],
    [
      { routing: 'process', scope: 'group', scale: 'none', epsilon: 1e-4 },
      'epsilon is 0.0001, and scale "none" divides by nothing',
    ],
    [{ routing: 'all', scope: 'group', scale: 'none', scaleFree: true }, 'scaleFree is promised'],
    [{ routing: 'all', scope: 'group', scale: 'sample', epsilon: -1 }, 'epsilon is -1'],
    [{ ...family, range: [2, 1] }, 'range [2, 1] holds no two rewards'],
    [{ ...family, range: [0, 1], values: [0, 1] }, 'range and values are both given'],
    [{ ...family, values: [1] }, 'values [1] tell no two rollouts apart'],
    [{ ...family, sizes: [1, 8] }, 'sizes [1, 8] are no sizes of groups'],
    [{ ...family, precision: 'float32', range: [-1e307, 1e307] }, 'has squares that float32 cannot hold'],
    [{ ...family, weights: { percepton: 1 } }, 'a weight is for "percepton", there is: perception, reasoning'],
    [{ ...family, scale: 'none' }, 'scale is "none", and family "gdpo" has its own'],
    [{ ...family, k: 2 }, 'k is 2, and family "gdpo" has none'],
    [{ ...family, reward: 'reasoning' }, 'reward is "reasoning", and family "gdpo" uses all rewards'],
    [{ family: 'grpo' }, 'family "grpo" has one reward: say which of perception, reasoning'],
    [{ family: 'grpo', reward: 'thinking' }, 'reward is "thinking", there is: perception, reasoning'],
    [{ family: 'passAtK', range: [0, 1] }, 'give values, not a range'],
    [{ family: 'constructor' as 'gdpo' }, 'family is "constructor", there is: paGrpo, grpo'],
    [{ ...family, zeroSum: false } as FamilyPromises, 'zeroSum is promised beside a family'],
  ]
  test.each(cases)('%o', (promises, says) => {
    const broken = brokenLaws(advantageLaws(right, promises, two))
    expect(broken).toHaveLength(1)
    expect(broken[0]?.reason).toContain(says)
    expect(broken[0]?.reason.split('\n')).toHaveLength(1)
  })
})

describe('failure texts', () => {
  const halved: Normaliser<Two> = batch =>
    [...right(batch)].map(made => ({
      ...made,
      advantages: { ...made.advantages, perception: made.advantages.perception.map(a => a / 2) },
    }))

  test('show round numbers, what differs where, what to look at, and the line that repeats it', () => {
    const laws = advantageLaws(halved, { family: 'paGrpo' }, two)
    const thrown = laws.map(one => {
      try {
        one.assert({ seed: 5, endOnFailure: false })
        return ''
      } catch (error) {
        return String(error)
      }
    })
    const [text = ''] = thrown.filter(message => message !== '')
    expect(text.replaceAll(/"[\d:]+"/g, '"…"')).toBe(
      `Error: the law "definition" is broken: rollout 0 of "perception" in group 0 has -0.3535, by definition -0.707
on group "a": perception [0, 1]; reasoning [0, 0]
(seed 5, path "…")
it says: every advantage is what the definition of paGrpo gives, in exact fractions
look at: n − 1 in the deviation, epsilon outside the root, two passes in place of E[x²] − E[x]², and the precision
again: laws.find(({ name }) => name === "definition")?.assert({ seed: 5, path: "…", endOnFailure: true })`,
    )
  })
  test('the line repeats the failure', () => {
    const laws = advantageLaws(halved, { family: 'paGrpo' }, two)
    const [broken] = brokenLaws(laws, { seed: 9, endOnFailure: false })
    const again = laws
      .find(({ name }) => name === broken?.law)
      ?.check({ seed: 9, path: broken?.path ?? '', endOnFailure: true })
    expect(again).toMatchObject({ _tag: 'Left', left: { input: broken?.input, reason: broken?.reason } })
  })
  test("a law of one's own that never ends is stopped", () => {
    const endless = law('endless', 'ends', fc.constant(1), () => {
      for (let i = 0; ; i = (i + 1) % 3) if (i > 5) return null
    })
    expect(brokenLaws([endless], { timeLimit: 100 })).toMatchObject([
      { law: 'endless', reason: 'no answer within 0.1 s', input: '1' },
    ])
  })
})
