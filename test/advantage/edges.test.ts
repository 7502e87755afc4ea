import { either as E } from 'fp-ts'
import type { AnyNormaliser, Normalised, Owners, Raw, Reward } from 'kinograd/advantage'
import {
  advantageMetrics,
  drGrpo,
  exclude,
  frozenOwners,
  gdpo,
  grpo,
  highEntropyWeights,
  importanceSampling,
  knownLogprobs,
  lengthMetrics,
  paGrpo,
  policyLoss,
  quantile,
  rawRewards,
  reinforcePlusPlus,
  rewardMetrics,
  rloo,
  runsOf,
  signalToNoise,
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
const group = (rewards: Readonly<Record<string, readonly Reward[]>>, name = 'clip 7'): Raw<string> =>
  right(rawRewards<string>(name, rewards))
const outside = (normaliser: AnyNormaliser, ...batch: readonly Raw<string>[]): number[][] =>
  Array.from(normaliser(batch), made => Array.from(made.outside))
const thrown = (run: () => unknown): unknown => {
  try {
    run()
  } catch (error) {
    return error
  }
  return 'nothing was thrown'
}
const made: Normalised<string> = {
  _tag: 'Normalised',
  group: 'clip 7',
  size: 2,
  advantages: { perception: Float64Array.of(1, -1), reasoning: Float64Array.of(2, -2) },
  outside: Float64Array.of(0, 0),
}

describe('faults say what to do', () => {
  test.each([
    [
      rawRewards('clip 7', {}),
      { _tag: 'NoProcess', cause: 'group "clip 7" has rewards for 0 processes', remedy: 'Score at least one process.' },
    ],
    [
      rawRewards('clip 7', { p: [1] }),
      {
        _tag: 'GroupTooSmall',
        cause: 'group "clip 7" has 1 rollouts of at least 2',
        remedy: 'Sample 2 or more completions.',
      },
    ],
    [
      rawRewards('clip 7', { p: [1, 0], q: [1] }),
      {
        _tag: 'UnequalLengths',
        cause: 'group "clip 7": 1 rewards for "q" and 2 for "p"',
        remedy: 'Give every process one reward a rollout, null for an unscored one.',
      },
    ],
    [
      rawRewards('clip 7', { p: [1, Number.NaN] }),
      {
        _tag: 'NotFinite',
        cause: 'group "clip 7": the reward of rollout 1 for "p" is NaN',
        remedy: 'Give a finite number, or null where the reward could not be had.',
      },
    ],
    [
      standardiseAll(Float64Array.of(1, 2, 3), 2),
      {
        _tag: 'UnequalLengths',
        cause: '3 rewards are no whole number of groups of 2',
        remedy: 'Give every group as many rewards.',
      },
    ],
    [
      standardiseAll(Float64Array.of(1, 2, 3, Number.NaN), 2),
      {
        _tag: 'NotFinite',
        cause: 'group 1: the reward of rollout 1 is NaN',
        remedy: 'Give a finite number, or null where the reward could not be had.',
      },
    ],
    [
      tokenAdvantages(made, [['perception']]),
      {
        _tag: 'UnequalLengths',
        cause: 'group "clip 7": 1 completions and 2 advantages',
        remedy: 'Give the token owners of every completion of the group, in its order.',
      },
    ],
    [
      tokenAdvantages(made, [['perception'], [null, 'grounding']]),
      {
        _tag: 'UnknownProcess',
        cause: 'group "clip 7": token 1 of completion 1 belongs to "grounding", rewards are for perception, reasoning',
        remedy: 'Score every process of the template.',
      },
    ],
    [
      tokenAdvantages({ ...made, outside: Float64Array.of(0) }, [[null], []]),
      {
        _tag: 'UnequalLengths',
        cause: 'group "clip 7": 1 advantages for tokens outside, and 2 rollouts',
        remedy: 'Give every process one advantage a rollout.',
      },
    ],
    [
      writeTokenAdvantages(made, [['perception'], ['reasoning', null]], new Float64Array(4), 2),
      {
        _tag: 'TooSmall',
        cause: 'group "clip 7": completion 1 ends at 5 of an array of 4',
        remedy: 'Give an array that holds every token.',
      },
    ],
    [
      knownLogprobs({ advantages: [[1, 1, 1]], samplingLogprobs: [[-1, Number.NaN, Number.NaN]], mask: [[1, 1, 0]] }),
      {
        _tag: 'MissingLogprobs',
        cause: 'samplingLogprobs of 1 of 2 tokens are NaN, the first at token 1 of sequence 0',
        remedy:
          "Ask the sampler for every token's log-probability, or take such tokens as a ratio of 1 (missingLogprobs: 'one').",
      },
    ],
    [
      knownLogprobs({ advantages: [[1]], oldLogprobs: [[Number.NaN]] }),
      { cause: 'oldLogprobs of 1 of 1 tokens are NaN, the first at token 0 of sequence 0' },
    ],
  ])('%#', (outcome, wanted) => expect(outcome).toMatchObject({ left: wanted }))

  const both = group({ perception: [1, 0], reasoning: [0, 1] })
  test.each([
    [
      () => grpo({ reward: 'grounding' })([both]),
      {
        _tag: 'UnknownProcess',
        cause:
          'GRPO is to normalise the rewards for "grounding", and group "clip 7" has rewards for perception, reasoning',
        remedy: 'Name a process that is scored.',
      },
    ],
    [
      () => sum({ weights: { grounding: 1 } })([both]),
      {
        _tag: 'UnknownProcess',
        cause: 'there is a weight for "grounding", and rewards for perception, reasoning',
        remedy: 'Name the weights after the processes that are scored.',
      },
    ],
    [
      () => sum({ weights: { reasoning: Number.NaN } })([both]),
      { _tag: 'BadWeight', cause: 'the weight of "reasoning" is NaN', remedy: 'Give a finite number.' },
    ],
    [
      () => paGrpo()([both, group({ perception: [1, 0], grounding: [0, 1] }, 'clip 8')]),
      {
        _tag: 'UnequalProcesses',
        cause:
          'group "clip 8" has rewards for perception, grounding, the first of its batch, "clip 7", for perception, reasoning',
        remedy: 'Score all groups of a batch for the same processes, null where a reward could not be had.',
      },
    ],
  ])('defect %#', (run, fault) => expect(thrown(run)).toMatchObject({ name: 'Defect', fault }))

  test.each([
    [() => policyLoss({ type: 'dr_grpo' }), 'the loss "dr_grpo" divides by maxCompletionLength, and none is given'],
    [
      () => policyLoss({ type: 'dr_grpo', maxCompletionLength: 0 }),
      'the loss "dr_grpo" divides by maxCompletionLength, and 0 is given',
    ],
    [
      () => importanceSampling([Float64Array.of(-1)], [[-1]], {}, [[1, 1]]),
      'mask of sequence 0 has 2 tokens, its log-probabilities have 1',
    ],
    [() => highEntropyWeights([Float64Array.of(1)], 1, [[]]), 'mask of sequence 0 has 0 tokens'],
    [() => highEntropyWeights([Float64Array.of(1)], -0.1), 'the share of tokens to keep is -0.1, and must be 0 to 1'],
    [() => signalToNoise([[1], [1, 2]]), 'gradient 1 has 2 entries, the first has 1'],
  ])('range %#', (run, says) => expect(run).toThrow(says))

  test.each(['oldLogprobs', 'refLogprobs', 'mask', 'weights', 'samplingLogprobs', 'owners'] as const)(
    '%s of another shape',
    name => {
      const batch = { advantages: [[1]], [name]: [[1, 1]] }
      expect(() => policyLoss({ beta: 0 })(batch)([Float64Array.of(-1)])).toThrow(
        `${name} of sequence 0 has 2 tokens, its log-probabilities have 1`,
      )
    },
  )
})

test('what is right is what it says it is', () => {
  const rewards = { p: [1, null] }
  expect(rawRewards('clip 7', rewards)).toEqual(E.right({ _tag: 'Raw', group: 'clip 7', size: 2, rewards }))
  expect(signalToNoise([[0], [0]])).toEqual({ signal: 0, noise: 0, ratio: Number.POSITIVE_INFINITY, batches: 2 })
})

describe('families', () => {
  test('PA-GRPO gives nothing to tokens outside, in groups of any size', () => {
    const batch = [2, 3, 3, 2].map(size => group({ p: Array.from({ length: size }, (_, i) => i) }))
    expect(outside(paGrpo(), ...batch)).toEqual([
      [0, 0],
      [0, 0, 0],
      [0, 0, 0],
      [0, 0],
    ])
    expect(Array.from(paGrpo()(batch), ({ _tag, size }) => [_tag, size])).toEqual([
      ['Normalised', 2],
      ['Normalised', 3],
      ['Normalised', 3],
      ['Normalised', 2],
    ])
    const [small, big] = [batch[0]!, batch[1]!]
    // Groups of one size share their zeros.
    const [a, b] = paGrpo()([small, small])
    expect(a?.outside).toBe(b?.outside)
    expect(paGrpo()([big])?.at(0)?.outside).toHaveLength(3)
  })

  test('the mean of the batch and not of the group, where REINFORCE++ is told so', () => {
    const [easy, hard] = [group({ p: [3, 1] }), group({ p: [0, 0] })]
    // Sums 3, 1, 0, 0: their mean is 1 and their deviation over n − 1 is √2.
    for (const [g, row] of outside(reinforcePlusPlus({ baseline: 'batch', epsilon: 0 }), easy, hard).entries())
      for (const [i, a] of row.entries())
        expect(a).toBeCloseTo(
          [
            [2, 0],
            [-1, -1],
          ][g]![i]! / Math.SQRT2,
          12,
        )
    // Off the groups' means it is 1, −1, 0, 0, whose deviation is √(2/3).
    for (const options of [{}, { baseline: 'group' as const }])
      for (const [g, row] of outside(reinforcePlusPlus({ ...options, epsilon: 0 }), easy, hard).entries())
        for (const [i, a] of row.entries())
          expect(a).toBeCloseTo(
            [
              [1, -1],
              [0, 0],
            ][g]![i]! / Math.sqrt(2 / 3),
            12,
          )
  })

  test('scaled by the deviation of the whole batch, plus epsilon; groups that are equal stay 0', () => {
    const batch = [group({ p: [3, 1] }), group({ p: [0, 0] })]
    const scaled = (scale: 'batch' | 'group' | 'none', ddof: 0 | 1, epsilon: number) =>
      Array.from(paGrpo({ scale, ddof, epsilon })(batch), ({ advantages }) => Array.from(advantages.p ?? []))
    // Rewards 3, 1, 0, 0: their squares off the mean of 1 add up to 6.
    for (const [ddof, deviation] of [
      [1, Math.SQRT2],
      [0, Math.sqrt(1.5)],
    ] as const)
      for (const epsilon of [0, 0.5]) {
        const [first, second] = scaled('batch', ddof, epsilon)
        expect(first?.[0]).toBeCloseTo(1 / (deviation + epsilon), 12)
        expect(first?.[1]).toBeCloseTo(-1 / (deviation + epsilon), 12)
        expect(second).toEqual([0, 0])
      }
    expect(scaled('none', 1, 0.5)).toEqual([
      [1, -1],
      [0, 0],
    ])
    expect(scaled('group', 0, 0.5)[0]).toEqual([1 / 1.5, -1 / 1.5])
    const equal = [group({ p: [2, 2] })]
    expect(paGrpo({ scale: 'batch', epsilon: 0 })(equal).at(0)?.advantages.p).toEqual(Float64Array.of(0, 0))
  })

  test('the deviation of the batch does not hang on which rollout lies at its mean', () => {
    for (const rewards of [
      [2, 1, 3],
      [1, 3, 2],
      [1, 2, 3],
    ]) {
      const [made] = paGrpo({ scale: 'batch', epsilon: 0 })([group({ p: rewards })])
      expect(Array.from(made?.advantages.p ?? [])).toEqual(rewards.map(r => expect.closeTo(r - 2, 12)))
    }
  })

  test('RLOO of two is the difference to the other', () => {
    expect(outside(rloo(), group({ p: [3, 1] }))).toEqual([[2, -2]])
    expect(outside(rloo(), group({ p: [3, null] }))).toEqual([[0, 0]])
  })

  test('Dr. GRPO adds up what is weighed, and GDPO forgets what has no weight', () => {
    const batch = group({ p: [1, 0], q: [0, 4] })
    expect(outside(drGrpo({ weights: { q: 2 } }), batch)).toEqual([[-3.5, 3.5]])
    expect(outside(drGrpo(), batch)).toEqual([[-1.5, 1.5]])
    // With p alone the first rollout is the better one, by 1/√½ in its group and in its batch.
    expect(outside(gdpo({ weights: { q: 0 }, epsilon: 0 }), batch)[0]?.[0]).toBeCloseTo(Math.SQRT1_2, 12)
    expect(Array.from(sum()([]))).toEqual([])
  })

  test('a batch may name its processes in any order, more of them or fewer are told', () => {
    const first = group({ p: [1, 0], q: [0, 3] })
    const turned = group({ q: [0, 3], p: [1, 0] }, 'turned')
    expect(Array.from(paGrpo({ scale: 'none' })([first, turned]), made => made.advantages)).toEqual([
      { p: Float64Array.of(0.5, -0.5), q: Float64Array.of(-1.5, 1.5) },
      { p: Float64Array.of(0.5, -0.5), q: Float64Array.of(-1.5, 1.5) },
    ])
    for (const rewards of [{ p: [1, 0] }, { p: [1, 0], r: [0, 1] }, { p: [1, 0], q: [0, 3], r: [0, 1] }])
      expect(() => paGrpo()([first, group(rewards)])).toThrow('the first of its batch')
  })

  test('leaving out a process called __proto__ leaves an object that can be changed like any other', () => {
    const kept = exclude(group(Object.fromEntries([['__proto__', [1, 0]]])), i => i === 0).rewards
    expect(Object.getOwnPropertyDescriptor(kept, '__proto__')).toEqual({
      value: [null, 0],
      enumerable: true,
      configurable: true,
      writable: true,
    })
    expect(Object.getPrototypeOf(kept)).toBe(Object.prototype)
  })
})

describe('standardising', () => {
  const scales = [1, 2 ** 500, 2 ** 510, 2 ** 600, 2 ** 1000, 2 ** -340, 2 ** -500, 2 ** -1000]
  test.each(scales)('rewards times %d give the same', by => {
    const wanted = standardise([1, 2, 4], { epsilon: 0 })
    expect(standardise([by, 2 * by, 4 * by], { epsilon: 0 })).toEqual(wanted)
    const negative = standardise([-by, -2 * by, -4 * by], { epsilon: 0 })
    expect(negative).toEqual(wanted.map(a => -a))
  })
  test('by the definition, for groups whose mean is far from 0', () => {
    const got = standardise([1e6 + 1, 1e6 + 2, 1e6 + 6], { ddof: 0, epsilon: 0.25 })
    const deviation = Math.sqrt((4 + 1 + 9) / 3)
    for (const [i, d] of [-2, -1, 3].entries()) expect(got[i]).toBeCloseTo(d / (deviation + 0.25), 9)
  })
  test('epsilon is in the unit of the rewards, however large or small they are', () => {
    expect(standardise([0, 2 ** 1000])[1]).toBeCloseTo(Math.SQRT1_2, 12)
    expect(standardise([-(2 ** 1000), 0])[1]).toBeCloseTo(Math.SQRT1_2, 12)
    expect(standardise([0, 2 ** -500], { epsilon: 2 ** -500 / 2 })[1]).toBeCloseTo(0.5 / (Math.SQRT1_2 + 0.5), 12)
    expect(standardise([0, 2 ** -500])[1]).toBeCloseTo(0, 12)
  })
  test('where the mean itself cannot be written, it is off by nothing that shows', () => {
    // The mean of 2^53 and 2^53 + 2 is 2^53 + 1, which no float64 holds.
    const [a, b] = standardise([2 ** 53, 2 ** 53 + 2], { epsilon: 0 })
    expect([a, b]).toEqual([expect.closeTo(-Math.SQRT1_2, 12), expect.closeTo(Math.SQRT1_2, 12)])
  })
  test('what is unscored is 0, wherever it stands', () => {
    expect(standardise([null, 3, null, 1, null], { ddof: 0, epsilon: 0 })).toEqual(Float64Array.of(0, 1, 0, -1, 0))
    expect(standardise([null, 3, null])).toEqual(Float64Array.of(0, 0, 0))
    expect(standardise([])).toEqual(new Float64Array(0))
  })
  test('equal rewards are 0 exactly, NaN is NaN', () => {
    expect(standardise([0.1, 0.1, 0.1], { epsilon: 0 })).toEqual(Float64Array.of(0, 0, 0))
    expect(standardise([1e300, 1e300])).toEqual(Float64Array.of(0, 0))
    expect(standardise([Number.NaN, 1])).toEqual(Float64Array.of(Number.NaN, Number.NaN))
  })
})

describe('tokens', () => {
  const runs = (owners: Owners<string>) => runsOf(owners).map(({ owner, start, end }) => [owner, start, end])
  test.each([
    [[], []],
    [[null], [[null, 0, 1]]],
    [['a', 'a'], [['a', 0, 2]]],
    [
      ['a', null, null, 'a', 'b', 'b', null],
      [
        ['a', 0, 1],
        [null, 1, 3],
        ['a', 3, 4],
        ['b', 4, 6],
        [null, 6, 7],
      ],
    ],
    [
      [null, null, 'b', 'b'],
      [
        [null, 0, 2],
        ['b', 2, 4],
      ],
    ],
  ] as const)('%j in runs', (owners, wanted) => {
    expect(runs(owners)).toEqual(wanted)
    expect(runs(frozenOwners([...owners]))).toEqual(wanted)
  })
  test('frozen owners cannot be changed, and are scanned once', () => {
    const owners = frozenOwners(['a', null])
    expect(Object.isFrozen(owners)).toBe(true)
    expect(runsOf(owners)).toBe(runsOf(owners))
  })
  test.each([1, 7, 8, 9, 15, 16, 17, 79, 80, 81, 160])('a run of %d tokens is filled and nothing beside it', length => {
    const one: Normalised<string> = {
      ...made,
      size: 1,
      advantages: { a: Float64Array.of(2) },
      outside: Float64Array.of(3),
    }
    const into = new Float64Array(length + 6).fill(-1)
    const owners = [...new Array<'a'>(length).fill('a'), null]
    expect(writeTokenAdvantages(one, [owners], into, 2)).toEqual(E.right(length + 3))
    expect([...into]).toEqual([-1, -1, ...new Array<number>(length).fill(2), 3, -1, -1, -1])
  })
  test('behind the mask nothing is read, in runs of any length', () => {
    for (const length of [1, 7, 8, 9, 80, 100]) {
      const nan = new Array<number>(length).fill(Number.NaN)
      const given = {
        advantages: [[1, ...nan], [1]],
        mask: [[1, ...nan.map(() => 0)], [1]],
        oldLogprobs: [[-1, ...nan], [-1]],
      }
      const { loss } = policyLoss({ beta: 0 })(given)([Float64Array.of(-1, ...nan), Float64Array.of(-1)])
      expect(loss).toBe(-1)
    }
  })
})

describe('numbers to log', () => {
  test('of a single scored rollout: its mean, and no deviation but 0', () => {
    expect(rewardMetrics([group({ p: [2, null] })])).toMatchObject({ reward: 2, reward_std: 0 })
    expect(rewardMetrics([group({ p: [null, null] })])).not.toHaveProperty('reward_std')
  })
  test('of no groups, and of no completions, there are none', () => {
    expect(advantageMetrics(paGrpo()([]))).toEqual({})
    expect(lengthMetrics([], ['p'])).toEqual({})
    expect(lengthMetrics([{ owners: ['p'], ended: false }], [])).toEqual({
      'completions/mean_length': 1,
      'completions/min_length': 1,
      'completions/max_length': 1,
      'completions/clipped_ratio': 1,
    })
  })
  test('signal over noise: by entry the variance over n − 1, and the mean less its own noise', () => {
    // The means are 2 and 0; the squares off them add up to 2 and 8, over 2 batches less one.
    expect(
      signalToNoise([
        [1, -2],
        [3, 2],
      ]),
    ).toEqual({ signal: 4 - 10 / 2, noise: 10, ratio: -0.1, batches: 2 })
    // Three batches: the means 2 and 1, squares 2 and 0 over 2.
    expect(
      signalToNoise([
        [1, 1],
        [2, 1],
        [3, 1],
      ]),
    ).toEqual({
      signal: expect.closeTo(5 - 1 / 3, 12),
      noise: 1,
      ratio: expect.closeTo(5 - 1 / 3, 12),
      batches: 3,
    })
  })
  test('weights of importance: metrics are of the tokens that count', () => {
    const old = [Float64Array.of(0, 0, 0), Float64Array.of(0)]
    const log = Math.log
    const { weights, metrics } = importanceSampling(
      old,
      [[-log(2), -log(0.5), 50], [-log(4)]],
      { mode: 'token_mask', most: 2, least: 0.5 },
      [[1, 1, 0], [1]],
    )
    // A ratio at a bound is within it.
    expect(weights).toEqual([Float64Array.of(2, 0.5, 1), Float64Array.of(0)])
    expect(metrics).toEqual({
      'sampling/sampling_logp_difference/mean': expect.closeTo((2 * log(2) + log(4)) / 3, 12),
      'sampling/sampling_logp_difference/max': log(4),
      'sampling/importance_sampling_ratio/min': 0,
      'sampling/importance_sampling_ratio/mean': expect.closeTo(2.5 / 3, 12),
      'sampling/importance_sampling_ratio/max': 2,
    })
    const bySequence = importanceSampling(old, [[-log(2), -log(2), 50], [-log(4)]], { most: 9 }, [[1, 1, 0], [1]])
    expect(bySequence.metrics['sampling/importance_sampling_ratio/mean']).toBeCloseTo(4, 12)
  })
  test('quantiles and entropies', () => {
    expect(quantile([], 0.5)).toBeNaN()
    expect([0, 0.25, 0.5, 1].map(share => quantile([1, 3, 7], share))).toEqual([1, 2, 3, 7])
    expect(highEntropyWeights([Float64Array.of(1, 2, 9)], 0, [[1, 1, 0]])).toEqual([Float64Array.of(0, 1, 0)])
    expect(highEntropyWeights([Float64Array.of(1, 2, 9)], 1, [[1, 1, 0]])).toEqual([Float64Array.of(1, 1, 0)])
    expect(highEntropyWeights([Float64Array.of(9, 1, 2)], 0.5)).toEqual([Float64Array.of(1, 0, 1)])
    expect(() => highEntropyWeights([Float64Array.of(Number.NaN, 1, 2)], 1)).toThrow('is NaN')
    expect(highEntropyWeights([Float64Array.of(Number.NaN, 2)], 1, [[0, 1]])).toEqual([Float64Array.of(0, 1)])
  })
})
