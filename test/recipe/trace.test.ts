import { either as E } from 'fp-ts'
import { armSummary } from 'kinograd/recipe'
import { expect, test } from 'vitest'
import { stopwatch } from '../../src/recipe/stopwatch.ts'
import { armSummaryOf, emptyTrace, type Trace, withEvaluation, withUpdate } from '../../src/recipe/trace.ts'
import { exampleSummary } from './example-summary.ts'

const rewards = {
  'rewards/perception/mean': 0.75,
  'rewards/reasoning/mean': 1.5,
  'frac_reward_zero_std/perception': 0.5,
  'frac_reward_zero_std/reasoning': 0.25,
  frac_reward_zero_std: 0.125,
  'frac_reward_zero_std/pa_grpo': 0.0625,
}

/** The metric by which each arm of the comparison counts the groups that teach it nothing. */
const arms = {
  grpo: { constantGroups: 'frac_reward_zero_std/reasoning' },
  sum: { constantGroups: 'frac_reward_zero_std' },
  paGrpo: { constantGroups: 'frac_reward_zero_std/pa_grpo' },
}
type Arm = keyof typeof arms

const after = (trace: Trace, arm: Arm, metrics: typeof rewards, tokens: number): Trace =>
  withUpdate(trace, arms[arm], ['perception', 'reasoning'], metrics, tokens)

test('each arm counts the groups that teach it nothing', () => {
  const counted = (arm: Arm) => after(emptyTrace, arm, rewards, 1).equalRewardGroups
  expect((['grpo', 'sum', 'paGrpo'] as const).map(counted)).toEqual([[0.25], [0.125], [0.0625]])
})

test('updates and evaluations add up to a summary that the codec reads', () => {
  const policy = exampleSummary.policies.sft
  const start = withEvaluation(emptyTrace, 0, policy)
  const one = after(start, 'paGrpo', rewards, 300)
  const all = withEvaluation(after(one, 'paGrpo', { ...rewards, 'rewards/reasoning/mean': 2 }, 100), 2, policy)
  const summary = armSummaryOf(all, 1e-4, 8)
  expect(summary).toEqual({
    updates: 2,
    learningRate: 1e-4,
    secondsPerUpdate: 4,
    tokensPerSecond: 50,
    rewardMean: [
      { perception: 0.75, reasoning: 1.5 },
      { perception: 0.75, reasoning: 2 },
    ],
    equalRewardGroups: [0.0625, 0.0625],
    equalRewardGroupsByProcess: [
      { perception: 0.5, reasoning: 0.25 },
      { perception: 0.5, reasoning: 0.25 },
    ],
    curve: [0, 2].map(update => ({ update, accuracy: 0.2, perceptionSufficiency: 0.5, faithfulness: 0.7 })),
  })
  expect(E.isRight(armSummary.decode(JSON.parse(JSON.stringify(summary))))).toBe(true)
  expect([emptyTrace.rewardMean, start.rewardMean, one.curve.length]).toEqual([[], [], 1])
})

test('a stopwatch does not count the work that is left out', async () => {
  let now = 0
  const { seconds, without } = stopwatch(() => now)
  now = 1000
  const evaluated = await without(async () => {
    now = 6000
    return E.right('seen')
  })()
  now = 8000
  expect([evaluated, seconds()]).toEqual([E.right('seen'), 3])
})
