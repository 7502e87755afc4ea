/**
 * How to prove a normaliser of your own: say what it promises, or which family it is, and every law that follows from
 * that becomes a test. It runs with `npm test`, as any test file does.
 */
import type { Normaliser, Raw, Reward } from 'kinograd/advantage'
import { advantageLaws, brokenLaws, brokenLawText, type Promises } from 'kinograd/laws'
import { describe, expect, test } from 'vitest'

type Process = 'perception' | 'reasoning'
const processes = ['perception', 'reasoning'] as const

/** Mine: rewards minus their mean, divided by the largest deviation, so that every group reaches ±1 on one side. */
const byLargest = (rewards: readonly Reward[]): Float64Array => {
  const scored = rewards.filter(r => r !== null)
  const [least, most] = [Math.min(...scored), Math.max(...scored)]
  if (scored.length < 2 || least === most) return new Float64Array(rewards.length)
  const mean = scored.reduce((sum, r) => sum + r, 0) / scored.length
  const farthest = Math.max(most - mean, mean - least)
  return Float64Array.from(rewards, r => (r === null ? 0 : (r - mean) / farthest))
}

const each =
  (normalise: (rewards: readonly Reward[]) => Float64Array): Normaliser<Process> =>
  batch =>
    batch.map((raw: Raw<Process>) => ({
      _tag: 'Normalised',
      group: raw.group,
      size: raw.size,
      advantages: { perception: normalise(raw.rewards.perception), reasoning: normalise(raw.rewards.reasoning) },
      outside: new Float64Array(raw.size),
    }))

/** It keeps processes apart and groups by themselves; its divisor is its own, so its numbers are nobody else's. */
const promises: Promises = { routing: 'process', scope: 'group', scale: 'other', range: [0, 2.2] }

describe('my normaliser keeps the laws', () => {
  for (const law of advantageLaws(each(byLargest), promises, processes))
    test(`${law.name}: ${law.says}`, () => law.assert({ numRuns: 200 }))
})

test('a mistake in it is named, with the smallest group that shows it', () => {
  const forgetful = each(rewards => byLargest(rewards.map(r => r ?? 0)))
  const broken = brokenLaws(advantageLaws(forgetful, promises, processes), { seed: 3 })
  expect(broken.map(({ law }) => law)).toEqual(['unscored members change nothing for the rest'])
  expect(broken.map(brokenLawText).join('\n')).toContain('the unscored rollout')
})

test('it is not PA-GRPO, and the law shows where', () => {
  const broken = brokenLaws(advantageLaws(each(byLargest), { family: 'paGrpo', range: [0, 2.2] }, processes), {
    seed: 3,
  })
  expect(broken).toMatchObject([
    {
      law: 'definition',
      reason: expect.stringMatching(/^rollout 0 of "\w+" in group 0 has -1, by definition -0.707$/),
    },
  ])
})
