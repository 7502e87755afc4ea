import { either as E, taskEither as TE } from 'fp-ts'
import { paGrpo, rawRewards } from 'kinograd/advantage'
import type { VideoRecord } from 'kinograd/dataset'
import { type Judge, judgementScore, type OnFault, type TeacherFault } from 'kinograd/teacher'
import { describe, expect, test } from 'vitest'

const { signal } = new AbortController()
const record: VideoRecord = {
  id: '1',
  problem: 'q',
  problemType: 'numerical',
  dataType: 'video',
  options: [],
  answer: '3',
  path: 'x',
  source: '',
}

/** A judge that fails with the given faults, one after the other, and then finds everything sufficient. */
const failing = (...faults: readonly TeacherFault['_tag'][]) => {
  let asked = 0
  const judge: Judge = {
    name: 'failing',
    judge: () => {
      const _tag = faults[asked++]
      return _tag === undefined ? TE.right({ sufficient: true }) : TE.left({ _tag, cause: 'c', remedy: 'r' })
    },
  }
  return { judge, asked: () => asked }
}
const scoreOf = async (onFault: OnFault | undefined, ...faults: readonly TeacherFault['_tag'][]) => {
  const { judge, asked } = failing(...faults)
  const options = onFault === undefined ? {} : { onFault }
  const score = await judgementScore(judge, options)({ record, observation: 'o' }, signal)()
  return [E.isRight(score) ? score.right : score.left._tag, asked()]
}
const passing = ['Refused', 'Truncated', 'Unreadable', 'RateLimited', 'Unreachable', 'TimedOut'] as const
const lasting = ['NoKey', 'SpendLimit', 'BadRequest', 'BadCache', 'Cancelled'] as const

describe('what a judgement costs that could not be had', () => {
  test('a verdict is 1 or 0', async () => {
    expect(await scoreOf(undefined)).toEqual([1, 1])
    const no: Judge = { name: 'no', judge: () => TE.right({ sufficient: false }) }
    expect(await judgementScore(no)({ record, observation: 'o' }, signal)()).toEqual(E.right(0))
  })
  test.each(passing)('%s: the score of one rollout, by default', async tag => {
    expect(await scoreOf(undefined, tag)).toEqual([null, 1])
    expect(await scoreOf('fail', tag)).toEqual([tag, 1])
  })
  test.each(passing.filter(tag => tag !== 'Unreadable'))('%s: one retry, then the score', async tag => {
    expect(await scoreOf('retry', tag)).toEqual([1, 2])
    expect(await scoreOf('retry', tag, tag)).toEqual([null, 2])
    expect(await scoreOf('retry', tag, 'NoKey')).toEqual(['NoKey', 2])
  })
  test('an unreadable answer is not asked for again: the judge has done so', async () =>
    expect(await scoreOf('retry', 'Unreadable')).toEqual([null, 1]))
  test.each(lasting)('%s: the group, always', async tag => {
    for (const onFault of ['unscored', 'retry', 'fail'] as const) expect(await scoreOf(onFault, tag)).toEqual([tag, 1])
  })

  test('with 3 % of judgements unreachable no group of eight is lost, and nobody else in it is scored otherwise', async () => {
    let asked = 0
    const shaky: Judge = {
      name: 'shaky',
      judge: ({ observation }) =>
        ++asked % 33 === 0
          ? TE.left({ _tag: 'Unreachable', cause: 'c', remedy: 'r' })
          : TE.right({ sufficient: observation === 'enough' }),
    }
    const score = judgementScore(shaky)
    let unscored = 0
    for (let group = 0; group < 100; group++) {
      const rewards: (number | null)[] = []
      for (let i = 0; i < 8; i++) {
        const scored = await score({ record, observation: i % 2 === 0 ? 'enough' : 'little' }, signal)()
        if (E.isLeft(scored)) throw new Error(scored.left.cause)
        rewards.push(scored.right)
      }
      unscored += rewards.filter(reward => reward === null).length
      const raw = rawRewards(`${group}`, { perception: rewards })
      if (E.isLeft(raw)) throw new Error(raw.left.cause)
      const [normalised] = paGrpo()([raw.right])
      const advantages = Array.from(normalised!.advantages.perception)
      for (const [i, reward] of rewards.entries())
        expect(Math.sign(advantages[i]!)).toBe(reward === null ? 0 : reward === 1 ? 1 : -1)
    }
    expect(unscored).toBe(24)
  })
})
