import { highEntropyWeights, importanceWeights, mean, policyLoss, quantile, truncatedMask } from 'kinograd/advantage'
import { describe, expect, test } from 'vitest'

const rows = (...given: readonly (readonly number[])[]): readonly Float64Array[] =>
  given.map(row => Float64Array.from(row))
const ln = Math.log

describe('importance weights', () => {
  const old = rows([0, 0], [0, 0])
  const sampling = rows([-ln(2), -ln(4)], [ln(2), 0])
  test.each([
    ['token_truncate', [2, 3], [0.5, 1]],
    ['token_mask', [2, 0], [0.5, 1]],
    ['sequence_truncate', [3, 3], [0.5, 0.5]],
    ['sequence_mask', [0, 0], [0.5, 0.5]],
  ] as const)('%s', (mode, first, second) => {
    const made = importanceWeights(old, sampling, { mode })
    for (const [b, row] of [first, second].entries())
      for (const [t, w] of row.entries()) expect(made[b]?.[t]).toBeCloseTo(w, 12)
  })

  test('tokens that do not count are in no product, and a lower bound holds', () => {
    expect(
      importanceWeights(old, sampling, { mode: 'sequence_mask' }, [
        [1, 0],
        [0, 1],
      ])[0]?.[0],
    ).toBeCloseTo(2, 12)
    expect(importanceWeights(old, sampling, { mode: 'token_mask', least: 0.9 })[1]?.[0]).toBe(0)
    expect(() => importanceWeights(old, rows([0]))).toThrow(
      'samplingLogprobs has 1 sequences, the log-probabilities have 2',
    )
  })
})

test('truncated completions count nowhere', () => {
  const mask = truncatedMask([
    { length: 2, ended: true },
    { length: 3, ended: false },
  ])
  const { gradient } = policyLoss({ beta: 0 })({
    advantages: [
      [1, 1],
      [1, 1, 1],
    ],
    mask,
  })(rows([-1, -1], [-1, -1, -1]))
  expect(gradient.map(row => Array.from(row))).toEqual([
    [-0.25, -0.25],
    [0, 0, 0],
  ])
})

test('the tokens with the highest entropy stay', () => {
  expect(highEntropyWeights(rows([1, 5], [3, 4, 2]), 0.4)).toEqual(rows([0, 1], [0, 1, 0]))
  expect(highEntropyWeights(rows([1, 5], [3, 4, 2]), 1)).toEqual(rows([1, 1], [1, 1, 1]))
  expect(highEntropyWeights(rows([1, 5]), 0.5, [[1, 0]])).toEqual(rows([1, 0]))
  expect(highEntropyWeights([], 0.5)).toEqual([])
})

test('a share beyond its range, or an entropy of NaN that counts, is told; behind the mask it is not looked at', () => {
  expect(() => highEntropyWeights(rows([1, 2]), 1.5)).toThrow('the share of tokens to keep is 1.5')
  expect(() => highEntropyWeights(rows([1, Number.NaN]), 0.5)).toThrow('the entropy of a token that counts is NaN')
  expect(highEntropyWeights(rows([1, Number.NaN, 2]), 0.5, [[1, 0, 1]])).toEqual(rows([0, 0, 1]))
})

test('quantiles lie between their neighbours, as in numpy', () => {
  expect([0, 0.25, 0.5, 1].map(share => quantile([10, 20, 40], share))).toEqual([10, 15, 20, 40])
  expect([quantile([7], 0.3), quantile([], 0.5), mean([])]).toEqual([7, Number.NaN, Number.NaN])
})
