import type { Raw } from 'kinograd/advantage'
import {
  advantageMetrics,
  collapse,
  equalRewards,
  informative,
  lengthMetrics,
  onlyProcess,
  paGrpo,
  rewardMetrics,
  signalToNoise,
} from 'kinograd/advantage'
import { describe, expect, test } from 'vitest'

const raw = (
  perception: readonly (number | null)[],
  reasoning: readonly (number | null)[],
): Raw<'perception' | 'reasoning'> => ({
  _tag: 'Raw',
  group: 'g',
  size: perception.length,
  rewards: { perception, reasoning },
})
const both = raw([1, 1], [2, 2])
const cancelled = raw([1, 2], [2, 1])
const half = raw([1, 2], [1, 1])

describe('collapse', () => {
  test('shares of groups that say nothing, for PA-GRPO and for its rivals on the same rollouts', () => {
    expect(collapse([both, cancelled, half, half])).toEqual({
      byProcess: { perception: 0.25, reasoning: 0.75 },
      paGrpo: 0.25,
      sum: 0.5,
    })
    expect(collapse([])).toEqual({ byProcess: {}, paGrpo: 0, sum: 0 })
  })
  test('one scored member says nothing', () =>
    expect([equalRewards([null, 1]), equalRewards([]), equalRewards([1, 2])]).toEqual([true, true, false]))
  test('dynamic sampling keeps what carries a gradient, in order', () => {
    expect(informative([half, both, cancelled])).toEqual({ kept: [half, cancelled], dropped: [both] })
    expect(informative([half, both, cancelled], { keep: 'every' })).toEqual({
      kept: [cancelled],
      dropped: [half, both],
    })
  })
})

describe('metrics', () => {
  test("of rewards, under TRL's names", () => {
    const metrics = rewardMetrics([raw([1, null], [2, 4]), both])
    expect(metrics).toMatchObject({
      reward: 3,
      reward_std: 0,
      'rewards/perception/mean': 1,
      'rewards/perception/std': 0,
      'rewards/reasoning/mean': 2.5,
      'rewards/reasoning/std': 1,
      'unscored/perception': 0.25,
      'unscored/reasoning': 0,
      frac_reward_zero_std: 1,
      'frac_reward_zero_std/perception': 1,
      'frac_reward_zero_std/reasoning': 0.5,
      'frac_reward_zero_std/pa_grpo': 0.5,
    })
    expect(rewardMetrics([])).toEqual({})
    expect(rewardMetrics([raw([null, null], [null, null])])).not.toHaveProperty('reward')
  })
  test('of advantages', () => {
    const metrics = advantageMetrics(paGrpo({ scale: 'none' })([half]))
    expect(metrics).toEqual({
      'advantages/perception/variance': expect.closeTo(0.5, 12),
      'advantages/perception/smallest': 0.5,
      'advantages/reasoning/variance': 0,
    })
  })
  test('of lengths', () => {
    const completions = [
      { owners: ['perception', 'reasoning', null], ended: true },
      { owners: ['perception'], ended: false },
    ] as const
    expect(lengthMetrics(completions, ['perception', 'reasoning'])).toEqual({
      'completions/mean_length': 2,
      'completions/min_length': 1,
      'completions/max_length': 3,
      'completions/mean_terminated_length': 3,
      'completions/min_terminated_length': 3,
      'completions/max_terminated_length': 3,
      'completions/clipped_ratio': 0.5,
      'completions/perception/mean_length': 1,
      'completions/reasoning/mean_length': 0.5,
    })
  })
})

describe('signal to noise', () => {
  test('what is the same in every batch is signal', () => {
    expect(
      signalToNoise([
        [3, 4],
        [3, 4],
        [3, 4],
      ]),
    ).toEqual({ signal: 25, noise: 0, ratio: Number.POSITIVE_INFINITY, batches: 3 })
    expect(signalToNoise([[1], [-1]])).toMatchObject({ signal: -1, noise: 2 })
    expect(signalToNoise([[1]])).toBeNull()
    expect(() => signalToNoise([[1], [1, 2]])).toThrow('gradient 1 has 2 entries, the first has 1')
  })
  test('weights keep one process', () =>
    expect(onlyProcess([['a', null, 'b']], 'a')).toEqual([Float64Array.of(1, 0, 0)]))
})
