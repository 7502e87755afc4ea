import { either as E } from 'fp-ts'
import type { Raw } from 'kinograd/advantage'
import { drGrpo, exclude, gdpo, grpo, paGrpo, rawRewards, rloo, sum, tokenAdvantages } from 'kinograd/advantage'
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
