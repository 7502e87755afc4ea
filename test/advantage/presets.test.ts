import { either as E } from 'fp-ts'
import type { Normalised, Raw } from 'kinograd/advantage'
import { drGrpo, grpo, policyLoss, presets, rawRewards, reinforcePlusPlus } from 'kinograd/advantage'
import { describe, expect, test } from 'vitest'

type Two = 'perception' | 'reasoning'
const right = <A>(value: E.Either<unknown, A>): A => {
  if (E.isLeft(value)) throw new Error(JSON.stringify(value.left))
  return value.right
}
const easy: Raw<Two> = right(rawRewards('easy', { perception: [1, 1, 0], reasoning: [1, 0, 0] }))
const hard: Raw<Two> = right(rawRewards('hard', { perception: [0, 0, 0], reasoning: [0, 3, 0] }))
const outside = (groups: Iterable<Normalised<Two>>): number[][] => Array.from(groups, g => Array.from(g.outside))

describe('presets', () => {
  test('Dr. GRPO sets both halves: no deviation, and a constant in place of lengths', () => {
    const { normaliser, loss } = presets.drGrpo({ maxCompletionLength: 4, weights: { reasoning: 2 } })
    expect(outside(normaliser([easy, hard]))).toEqual(outside(drGrpo({ weights: { reasoning: 2 } })([easy, hard])))
    const { gradient } = policyLoss(loss)({ advantages: [[2], [2, 2]] })([Float64Array.of(-1), Float64Array.of(-1, -1)])
    expect(gradient).toEqual([Float64Array.of(-0.25), Float64Array.of(-0.25, -0.25)])
  })

  test("RLOO's gradient is that of the log-probability of whole sequences", () => {
    const { loss } = presets.rloo()
    const { gradient } = policyLoss(loss)({ advantages: [[2], [2, 2]] })([Float64Array.of(-1), Float64Array.of(-1, -1)])
    expect(gradient).toEqual([Float64Array.of(-1), Float64Array.of(-1, -1)])
  })

  test("GSPO has GRPO's advantages and one ratio a sequence, clipped close to 1", () => {
    const { normaliser, loss } = presets.gspo({ reward: 'reasoning' })
    expect(outside(normaliser([easy, hard]))).toEqual(outside(grpo({ reward: 'reasoning' })([easy, hard])))
    const given = { advantages: [[1, 1]], oldLogprobs: [[-1.001, -1]] }
    // The mean log-ratio is 5e-4, beyond 4e-4.
    const { metrics } = policyLoss(loss)(given)([Float64Array.of(-1, -1)])
    expect(metrics['clip_ratio/high_mean']).toBe(1)
    const close = policyLoss(loss)({ ...given, oldLogprobs: [[-1.0006, -1]] })([Float64Array.of(-1, -1)])
    expect(close.metrics['clip_ratio/high_mean']).toBe(0)
  })

  test('options of the loss take the place of the published ones', () => {
    expect(presets.paGrpo({ scale: 'none', loss: { beta: 0, type: 'segment_mean' } }).loss).toEqual({
      type: 'segment_mean',
      beta: 0,
    })
    expect(presets.grpo({ reward: 'reasoning' }).loss).toEqual({ type: 'grpo' })
    expect(presets.gdpo({ loss: { beta: 0 } }).loss).toEqual({ type: 'grpo', beta: 0 })
    expect(presets.reinforcePlusPlus().loss).toEqual({ type: 'bnpo' })
  })
})

describe('REINFORCE++', () => {
  const sums = [
    [2, 1, 0],
    [0, 3, 0],
  ]
  const deviation = (values: readonly number[]): number => {
    const mean = values.reduce((a, b) => a + b, 0) / values.length
    return Math.sqrt(values.reduce((s, v) => s + (v - mean) ** 2, 0) / (values.length - 1))
  }
  const near = (made: readonly number[][], wanted: readonly (readonly number[])[]): void => {
    for (const [g, row] of wanted.entries()) for (const [i, w] of row.entries()) expect(made[g]?.[i]).toBeCloseTo(w, 12)
  }
  test('with the baseline: group means off, the deviation of what is left', () => {
    const centred = sums.map(row => row.map(r => r - 1))
    const by = deviation(centred.flat()) + 1e-4
    near(
      outside(reinforcePlusPlus()([easy, hard])),
      centred.map(row => row.map(r => r / by)),
    )
  })
  test('without: mean and deviation of the batch', () => {
    const by = deviation(sums.flat()) + 1e-4
    near(
      outside(reinforcePlusPlus({ baseline: 'batch' })([easy, hard])),
      sums.map(row => row.map(r => (r - 1) / by)),
    )
  })
  test('the options of a loss are checked, for they may come from a file', () => {
    const loss = (given: object) => () => policyLoss(given)
    expect(loss({ type: 'luspo' })).toThrow('the type of the loss is "luspo", and must be one of grpo, bnpo')
    expect(loss({ level: 'Sequence' })).toThrow('the level of the ratio is "Sequence"')
    expect(loss({ missingLogprobs: 'zero' })).toThrow('missingLogprobs is "zero"')
    expect(loss({ type: 'dr_grpo', maxCompletionLength: 0 })).toThrow('maxCompletionLength, and 0 is given')
  })
})
