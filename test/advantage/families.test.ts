import { either as E } from 'fp-ts'
import type { Raw } from 'kinograd/advantage'
import {
  drGrpo,
  exclude,
  gdpo,
  grpo,
  paGrpo,
  rawRewards,
  rloo,
  standardise,
  standardiseAll,
  sum,
  tokenAdvantages,
  writeTokenAdvantages,
} from 'kinograd/advantage'
import { describe, expect, test } from 'vitest'

const right = <A>(value: E.Either<unknown, A>): A => {
  if (E.isLeft(value)) throw new Error(JSON.stringify(value.left))
  return value.right
}
const close = (got: ArrayLike<number>, wanted: readonly number[]): void => {
  expect(got.length).toBe(wanted.length)
  for (const [i, w] of wanted.entries()) expect(got[i]).toBeCloseTo(w, 6)
}
const group: Raw<'perception' | 'reasoning'> = right(
  rawRewards('r1', { perception: [2.2, 2, 1, 0], reasoning: [2, 1, 2.2, 1] }),
)

describe('families on the golden group', () => {
  test('PA-GRPO: each process by its own mean and spread', () => {
    const [a] = paGrpo()([group])
    close(a?.advantages.perception ?? [], [0.888147, 0.690781, -0.296049, -1.282879])
    close(a?.advantages.reasoning ?? [], [0.702672, -0.858822, 1.014971, -0.858822])
    close(a?.outside ?? [], [0, 0, 0, 0])
  })

  test('the sum, on all tokens', () => {
    const [a] = sum()([group])
    close(a?.advantages.perception ?? [], [1.007088, 0.111899, 0.261097, -1.380084])
    expect(a?.advantages.perception).toEqual(a?.advantages.reasoning)
    expect(a?.outside).toEqual(a?.advantages.reasoning)
  })

  test('GRPO with the reasoning reward', () => {
    const [a] = grpo({ reward: 'reasoning' })([group])
    close(a?.outside ?? [], [0.702672, -0.858822, 1.014971, -0.858822])
    expect(a?.advantages.perception).toEqual(a?.advantages.reasoning)
  })

  test('Dr. GRPO leaves the scale, RLOO compares with the others', () => {
    const sums = [4.2, 3, 3.2, 1]
    const mean = 2.85
    close(
      drGrpo()([group]).at(0)?.outside ?? [],
      sums.map(s => s - mean),
    )
    close(
      rloo()([group]).at(0)?.outside ?? [],
      sums.map(s => s - (4 * mean - s) / 3),
    )
  })

  test('GDPO normalises the sum of normalised rewards over the batch', () => {
    const [a] = gdpo()([group])
    const z = [0.888147 + 0.702672, 0.690781 - 0.858822, -0.296049 + 1.014971, -1.282879 - 0.858822]
    const std = Math.sqrt(z.reduce((s, v) => s + v * v, 0) / 3)
    for (const [i, v] of z.entries()) expect(a?.outside[i]).toBeCloseTo(v / (std + 1e-4), 5)
  })

  test('excluded rollouts get 0 and change nothing for the rest', () => {
    const without = right(rawRewards('r1', { perception: [2.2, 2, 1], reasoning: [2, 1, 2.2] }))
    const [a] = paGrpo()([exclude(group, i => i === 3)])
    const [b] = paGrpo()([without])
    expect(Array.from(a?.advantages.perception ?? [])).toEqual([...(b?.advantages.perception ?? []), 0])
  })
})

describe('bad input is told', () => {
  test.each([
    [{ p: [1, Number.NaN] }, 'NotFinite', 'rollout 1 for "p" is NaN'],
    [{ p: [1, Number.POSITIVE_INFINITY] }, 'NotFinite', 'Infinity'],
    [{ p: [1] }, 'GroupTooSmall', '1 rollouts'],
    [{ p: [] }, 'GroupTooSmall', '0 rollouts'],
    [{ p: [1, 2], q: [1] }, 'UnequalLengths', '1 rewards for "q" and 2 for "p"'],
    [{}, 'NoProcess', '0 processes'],
  ])('%j', (rewards, _tag, says) => {
    const made = rawRewards<string>('clip 7', rewards as Record<string, readonly number[]>)
    expect(made).toMatchObject({ left: { _tag } })
    expect(E.isLeft(made) && made.left.cause).toContain('clip 7')
    expect(E.isLeft(made) && made.left.cause).toContain(says)
  })

  test('token owners that do not fit', () => {
    const [a] = paGrpo()([group])
    if (a === undefined) throw new Error('no group')
    expect(tokenAdvantages(a, [])).toMatchObject({ left: { _tag: 'UnequalLengths' } })
    const strange = ['grounding' as 'perception']
    expect(tokenAdvantages(a, [strange, [], [], []])).toMatchObject({ left: { _tag: 'UnknownProcess' } })
    expect(tokenAdvantages(a, [['perception', null, 'reasoning'], [], [], []])).toMatchObject({
      right: [Float64Array.from([a.advantages.perception[0] ?? 0, 0, a.advantages.reasoning[0] ?? 0]), {}, {}, {}],
    })
  })
})

describe('many groups', () => {
  test('groups are made when they are asked for, by index or in order', () => {
    const batch = paGrpo()([group, exclude(group, i => i === 0)])
    expect(batch).toHaveLength(2)
    expect([...batch]).toEqual([batch.at(0), batch.at(1)])
    expect(batch.at(1)?.advantages.perception[0]).toBe(0)
    expect([batch.at(2), batch.at(-1)]).toEqual([undefined, undefined])
    expect([...paGrpo()([])]).toEqual([])
  })

  test('flat rewards give what each group gives', () => {
    const flat = Float64Array.of(2.2, 2, 1, 0, 2, 1, 2.2, 1)
    const made = right(standardiseAll(flat, 4))
    expect(made.subarray(0, 4)).toEqual(standardise([2.2, 2, 1, 0]))
    expect(made.subarray(4)).toEqual(standardise([2, 1, 2.2, 1]))
  })

  test.each([
    [[1, 2, 3, Number.NaN], 2, 'NotFinite', 'group 1: the reward of rollout 1 is NaN'],
    [[1, 2, Number.NEGATIVE_INFINITY, 3], 2, 'NotFinite', 'group 1: the reward of rollout 0 is -Infinity'],
    [[1, 2, 3], 2, 'UnequalLengths', '3 rewards are no whole number of groups of 2'],
    [[1, 2], 1, 'GroupTooSmall', 'every group has 1 rollouts of at least 2'],
    [[1, 2], Number.NaN, 'GroupTooSmall', 'every group has NaN rollouts of at least 2'],
  ])('flat rewards %j in groups of %d', (rewards, size, _tag, cause) =>
    expect(standardiseAll(Float64Array.from(rewards), size)).toMatchObject({ left: { _tag, cause } }),
  )

  test('what was not checked is not hidden: NaN gives NaN, also among equal rewards', () => {
    expect(standardise([1, Number.NaN, 1])).toEqual(Float64Array.of(Number.NaN, Number.NaN, Number.NaN))
    expect(standardise([1, Number.NaN, 2]).every(Number.isNaN)).toBe(true)
  })

  test('advantages of tokens one group after the other in one array', () => {
    const [a] = paGrpo()([group])
    if (a === undefined) throw new Error('no group')
    const owners = [['perception', null], ['reasoning'], [], ['reasoning', 'perception']] as const
    const into = new Float64Array(8).fill(9)
    expect(writeTokenAdvantages(a, owners, into, 2)).toEqual(E.right(7))
    const { perception: p, reasoning: r } = a.advantages
    expect(Array.from(into)).toEqual([9, 9, p[0], 0, r[1], r[3], p[3], 9])
    expect(right(tokenAdvantages(a, owners)).map(row => Array.from(row))).toEqual([[p[0], 0], [r[1]], [], [r[3], p[3]]])
    expect(writeTokenAdvantages(a, owners, into, 4)).toMatchObject({
      left: { _tag: 'TooSmall', cause: 'group "r1": completion 3 ends at 9 of an array of 8' },
    })
  })
})
