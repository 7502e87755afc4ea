import { either as E } from 'fp-ts'
import { videoP2R } from 'kinograd/process'
import {
  ablations,
  composeRewards,
  dynamicLength,
  formatRewards,
  lengthReward,
  noLength,
  runRewards,
  sumScores,
  temporalReward,
  videoR1Length,
} from 'kinograd/reward'
import { describe, expect, test } from 'vitest'

const rollout = (accuracy: number | null, format: number, tokens: number) => ({ accuracy, format, tokens })

describe('length', () => {
  const reward = lengthReward({ range: [128, 320] })
  test('needs accuracy, format and a length within the range, ends included', () => {
    expect(reward([rollout(1, 1, 128), rollout(1, 1, 320), rollout(1, 1, 127), rollout(1, 1, 321)])).toEqual([
      0.2, 0.2, 0, 0,
    ])
    expect(reward([rollout(0, 1, 200), rollout(1, 0, 200), rollout(null, 1, 200), rollout(0.05, 1, 200)])).toEqual([
      0, 0, 0, 0.2,
    ])
  })

  test("Video-R1's asks for two right rollouts of the group", () => {
    const r1 = videoR1Length({ range: [320, 512] })
    expect(r1([rollout(1, 1, 400), rollout(0, 1, 400)])).toEqual([0, 0])
    expect(r1([rollout(1, 0, 400), rollout(0.2, 1, 512), rollout(0.1, 1, 400)])).toEqual([0.2, 0.2, 0])
  })

  test('the dynamic range follows right answers of the same kind only', () => {
    const dynamic = dynamicLength({ start: [128, 320], enough: 4, slack: 0, quantiles: [0, 1], window: 5 })
    const group = [10, 20, 30, 40].map(tokens => rollout(1, 1, tokens))
    const history = dynamic.observe({}, 'numerical', [
      ...group,
      rollout(0, 1, 900),
      rollout(1, 0, 900),
      rollout(null, 1, 900),
    ])
    expect(dynamic.range({}, 'numerical')).toEqual([128, 320])
    expect(dynamic.range(history, 'numerical')).toEqual([10, 40])
    expect(dynamic.range(history, 'OCR')).toEqual([128, 320])
    expect(dynamic.reward(history, 'numerical')([rollout(1, 1, 10), rollout(1, 1, 41)])).toEqual([0.2, 0])
    expect(dynamic.observe(history, 'numerical', group).numerical).toEqual([40, 10, 20, 30, 40])
  })
})

test('format is rewarded by process', () => {
  const format = formatRewards(videoP2R)
  expect(format('<observation>a</observation><think>b</think><answer>c</answer>')).toEqual({
    perception: 1,
    reasoning: 1,
  })
  expect(format('<observation>a</observation><think>b</think>')).toEqual({ perception: 1, reasoning: 0 })
})

test('the temporal reward compares ordered with shuffled frames', () => {
  const temporal = temporalReward()
  expect(temporal([1, 0, 0.1, 0.2], [1, 0])).toEqual([0, 0, 0, 0])
  expect(temporal([1, 0, 0.1, 0.5], [1, 0])).toEqual([0.3, 0, 0, 0.3])
  expect(temporal([1, null], [null, null])).toEqual([0, 0])
  expect(temporal([1, null], [1, null])).toEqual([0.3, 0])
})

describe('composition', () => {
  const compose = composeRewards({ length: { perception: lengthReward({ range: [2, 4] }), reasoning: noLength } })

  test('accuracy, format and length add up per process', () => {
    const made = compose('r1', {
      perception: [rollout(1, 1, 3), rollout(1, 1, 9), rollout(0, 1, 3)],
      reasoning: [rollout(0.5, 1, 3), rollout(1, 0, 3), { ...rollout(0, 0, 0), extra: { temporal: 0.3, other: null } }],
    })
    expect(made).toMatchObject({ right: { raw: { rewards: { perception: [2.2, 2, 1], reasoning: [1.5, 1, 0.3] } } } })
  })

  test('an unscored process is unscored, and only it', () => {
    const made = compose('r1', {
      perception: [rollout(null, 1, 3), rollout(1, 1, 3)],
      reasoning: [rollout(1, 1, 3), rollout(1, 1, 3)],
    })
    expect(made).toMatchObject({ right: { raw: { rewards: { perception: [null, 2.2], reasoning: [2, 2] } } } })
  })

  test('a number that is none is told with record and process', () => {
    const made = compose('clip 9', {
      perception: [rollout(1, 1, 3), rollout(1, 1, 3)],
      reasoning: [rollout(Number.NaN, 1, 3), rollout(1, 1, 3)],
    })
    expect(E.isLeft(made) && made.left.cause).toContain('"clip 9": the reward of rollout 0 for "reasoning" is NaN')
  })
})

describe('reward functions', () => {
  const run = runRewards<string>([
    { name: 'length', score: text => text.length },
    { name: 'later', weight: 2, score: async text => (text === '' ? null : 1) },
  ])
  test('plain and asynchronous ones, weighted; what does not apply counts nowhere', async () => {
    const some = await run('abc')()
    expect(E.isRight(some) && sumScores(some.right)).toBe(5)
    const none = await run('')()
    expect(E.isRight(none) && sumScores(none.right)).toBe(0)
    expect(sumScores([{ name: 'a', weight: 1, value: null }])).toBeNull()
  })

  test.each([
    [() => Number.NaN, 'gave NaN'],
    [
      () => {
        throw new Error('no judge')
      },
      'threw: no judge',
    ],
    [() => Promise.reject(new Error('gone')), 'threw: gone'],
  ])('a crash is never a 0', async (score, says) => {
    const made = await runRewards([{ name: 'judge', score }])('x')()
    expect(made).toMatchObject({ left: { _tag: 'RewardFailed' } })
    expect(E.isLeft(made) && made.left.cause).toContain(says)
  })
})

test('process-agnostic RL and the row without the perception reward are the same run', () => {
  const raw = { _tag: 'Raw', group: 'g', size: 3, rewards: { perception: [1, 2, 0], reasoning: [0, 1, 1] } } as const
  expect([...ablations.withoutPerception.normaliser([raw])]).toEqual([...ablations.processAgnostic.normaliser([raw])])
})
