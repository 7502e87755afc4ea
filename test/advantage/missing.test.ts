import { either as E } from 'fp-ts'
import type { LossBatch, LossType } from 'kinograd/advantage'
import { importanceSampling, importanceWeights, knownLogprobs, policyLoss } from 'kinograd/advantage'
import { describe, expect, test } from 'vitest'

/** Log-probabilities that a sampler did not give: NaN at tokens that count. */

const { NaN: none } = Number
const rows = [Float64Array.of(-1, -1.5, -0.5), Float64Array.of(-2, -1)]
const batch: LossBatch = {
  advantages: [
    [1, 1, -1],
    [-1, -1],
  ],
  oldLogprobs: [
    [-1.1, none, -0.5],
    [-2, none],
  ],
}
const types: readonly LossType[] = ['grpo', 'bnpo', 'dr_grpo', 'dapo', 'cispo', 'sapo']

describe('old log-probabilities of NaN', () => {
  test.each(types.flatMap(type => (['token', 'sequence'] as const).map(level => [type, level] as const)))(
    '%s at level %s: a ratio of 1, counted',
    (type, level) => {
      const loss = policyLoss({ type, level, beta: 0, maxCompletionLength: 4 })
      const made = loss(batch)(rows)
      const current = {
        ...batch,
        oldLogprobs: [
          [-1.1, -1.5, -0.5],
          [-2, -1],
        ],
      }
      const { metrics, ...rest } = loss(current)(rows)
      expect(made).toEqual({ ...rest, metrics: { ...metrics, 'sampling/missing_logprobs': 2 } })
      expect(metrics).not.toHaveProperty('sampling/missing_logprobs')
    },
  )

  test('and sampling ones are counted by the token, each in its place', () => {
    const samplingLogprobs = [
      [none, none, -0.5],
      [-2, -1],
    ]
    const made = policyLoss({ beta: 0, offPolicyThreshold: 0.01 })({ ...batch, samplingLogprobs })(rows)
    expect(made.loss).toBe(policyLoss({ beta: 0 })(batch)(rows).loss)
    expect(made.metrics['sampling/missing_logprobs']).toBe(3)
  })

  test('are the current ones at every call', () => {
    const objective = policyLoss({ beta: 0 })(batch)
    const later = rows.map(row => row.map(lp => lp - 0.01))
    objective(rows)
    expect(objective(later)).toEqual(policyLoss({ beta: 0 })(batch)(later))
  })

  test('are a fault, by option, that says how many and where', () => {
    const cause = 'oldLogprobs of 2 of 5 tokens are NaN, the first at token 1 of sequence 0'
    expect(knownLogprobs(batch)).toMatchObject({ left: { _tag: 'MissingLogprobs', cause } })
    expect(() => policyLoss({ beta: 0, missingLogprobs: 'fault' })(batch)(rows)).toThrow(cause)
    const mask = [
      [1, 0, 1],
      [1, 0],
    ]
    expect(E.isRight(knownLogprobs({ ...batch, mask }))).toBe(true)
    expect(policyLoss({ beta: 0, missingLogprobs: 'fault' })({ ...batch, mask })(rows).loss).not.toBeNaN()
    const samplingLogprobs = batch.oldLogprobs ?? []
    expect(knownLogprobs({ advantages: batch.advantages, samplingLogprobs })).toMatchObject({
      left: { cause: cause.replace('old', 'sampling') },
    })
  })
})

describe('thresholds', () => {
  /** The mean drift of a sequence of negative advantages over the threshold drops it. */
  const kept = (samplingLogprobs: readonly (readonly number[])[]): boolean => {
    const given = { advantages: [[-1, -1, -1, -1]], samplingLogprobs }
    const { gradient } = policyLoss({ beta: 0, offPolicyThreshold: 0.5 })(given)([new Float64Array(4).fill(-2)])
    return gradient[0]?.[0] !== 0
  }
  // TRL's `get_off_policy_mask`: NaN is no drift, and the token stays in the number that the mean is over.
  test.each([
    ['all known, over', [[-1, -1, -1, -1]], false],
    ['NaN adds no drift', [[-2, -2, none, -2]], true],
    ['NaN hides no drift', [[-1, -1, -1, none]], false],
    ['NaN stays in the number', [[-1, none, none, none]], true],
    ['nothing known', [[none, none, none, none]], true],
  ])('of drift: %s', (_, sampling, stays) => expect(kept(sampling)).toBe(stays))

  test.each([
    ['token_truncate', [1, 3, 1]],
    ['token_mask', [1, 0, 1]],
    ['sequence_truncate', [3, 3, 3]],
    ['sequence_mask', [0, 0, 0]],
  ] as const)('of importance weights: %s', (mode, wanted) => {
    const old = [Float64Array.of(-1, -1, -1)]
    expect(importanceWeights(old, [[none, -3, -1]], { mode })).toEqual([Float64Array.from(wanted)])
  })

  test('importance sampling counts them, and leaves them out of the difference, as TRL does', () => {
    const old = [Float64Array.of(-1, -1, -1), Float64Array.of(-1)]
    const { metrics } = importanceSampling(old, [[none, -1.5, -1], [-1.25]])
    expect(metrics).toEqual({
      'sampling/sampling_logp_difference/mean': 0.25,
      'sampling/sampling_logp_difference/max': 0.5,
      'sampling/importance_sampling_ratio/min': Math.exp(0.25),
      'sampling/importance_sampling_ratio/mean': (Math.exp(0.5) + Math.exp(0.25)) / 2,
      'sampling/importance_sampling_ratio/max': Math.exp(0.5),
      'sampling/missing_logprobs': 1,
    })
    expect(importanceSampling([], [])).toEqual({ weights: [], metrics: {} })
    expect(() => importanceWeights(old, [[none, -1, -1], [-1]], { missingLogprobs: 'fault' })).toThrow(
      'samplingLogprobs of 1 of 4 tokens are NaN, the first at token 0 of sequence 0',
    )
  })

  test('an old log-probability of NaN, of the policy itself, is not hidden', () => {
    const old = [Float64Array.of(none, -1)]
    expect(importanceWeights(old, [[-1, -1]])[0]).toEqual(Float64Array.of(none, none))
    expect(importanceWeights(old, [[-1, -1]], { mode: 'token_mask' })[0]).toEqual(Float64Array.of(none, 1))
  })
})
