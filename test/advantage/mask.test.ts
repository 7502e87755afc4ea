import type { LossBatch, LossOptions, LossType, ObjectiveValue } from 'kinograd/advantage'
import { importanceSampling, importanceWeights, policyLoss, sftLoss } from 'kinograd/advantage'
import { describe, expect } from 'vitest'
import { fc, test } from '../property.ts'

/** What stands behind the mask changes nothing: property tests over every loss, level and array. */

const numRuns = Number(process.env.KINOGRAD_FUZZ_RUNS ?? 100)
const number = (min: number, max: number) => fc.double({ min, max, noNaN: true })
const anything = fc.oneof(
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1000, 1000, 0, 1e308, -1e308),
  fc.double(),
)
const types: readonly LossType[] = ['grpo', 'bnpo', 'dr_grpo', 'dapo', 'cispo', 'sapo', 'segment_mean']
const options: fc.Arbitrary<LossOptions> = fc.record({
  type: fc.constantFrom(...types),
  level: fc.constantFrom('token' as const, 'sequence' as const),
  beta: fc.constantFrom(0, 0.04),
  klRatio: fc.boolean(),
  klBound: fc.constantFrom(Number.POSITIVE_INFINITY, 10),
  delta: fc.constantFrom(null, 1.5),
  offPolicyThreshold: fc.constantFrom(null, 0.05),
  missingLogprobs: fc.constantFrom('one' as const, 'fault' as const),
  maxCompletionLength: fc.constant(8),
})

const names = ['logprobs', 'advantages', 'oldLogprobs', 'refLogprobs', 'samplingLogprobs', 'weights'] as const
type Numbers = Readonly<Record<(typeof names)[number], number>>
const token = fc.record({
  counts: fc.boolean(),
  owner: fc.constantFrom('perception', 'reasoning', null),
  shown: fc.record<Numbers>({
    logprobs: number(-3, 0),
    advantages: number(-2, 2),
    oldLogprobs: number(-3, 0),
    refLogprobs: number(-3, 0),
    samplingLogprobs: number(-3, 0),
    weights: number(0, 3),
  }),
  hidden: fc.record<Numbers>({
    logprobs: anything,
    advantages: anything,
    oldLogprobs: anything,
    refLogprobs: anything,
    samplingLogprobs: anything,
    weights: anything,
  }),
  hiddenOwner: fc.constantFrom('perception', 'nobody else has this one', null),
})
type Token = typeof token extends fc.Arbitrary<infer T> ? T : never
const sequences = fc.array(fc.array(token, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 4 })

interface Case {
  readonly logprobs: readonly Float64Array[]
  readonly batch: LossBatch
}
/** The batch with what it shows, or with anything else where the mask is 0. */
const caseOf = (rows: readonly (readonly Token[])[], hide: boolean, without: readonly string[]): Case => {
  const pick = <A>(f: (token: Token) => A): A[][] => rows.map(row => row.map(f))
  const numbers = (name: (typeof names)[number]): number[][] =>
    pick(({ counts, shown, hidden }) => (hide && !counts ? hidden : shown)[name])
  const batch: LossBatch = {
    advantages: numbers('advantages'),
    oldLogprobs: numbers('oldLogprobs'),
    refLogprobs: numbers('refLogprobs'),
    samplingLogprobs: numbers('samplingLogprobs'),
    weights: numbers('weights'),
    mask: pick(({ counts }) => (counts ? 1 : 0)),
    owners: pick(({ counts, owner, hiddenOwner }) => (hide && !counts ? hiddenOwner : owner)),
  }
  return {
    logprobs: numbers('logprobs').map(row => Float64Array.from(row)),
    batch: Object.fromEntries(
      Object.entries(batch).filter(([name]) => !without.includes(name)),
    ) as unknown as LossBatch,
  }
}
const left = fc.subarray(['oldLogprobs', 'samplingLogprobs', 'weights'])
const masked = (rows: readonly (readonly Token[])[], { gradient }: ObjectiveValue): number[] =>
  rows.flatMap((row, b) => row.flatMap(({ counts }, t) => (counts ? [] : [gradient[b]?.[t] ?? Number.NaN])))

describe('what stands behind the mask', () => {
  test.prop([sequences, options, left], { numRuns: numRuns * 5 })(
    'changes neither loss, gradient nor metrics of a policy loss',
    (rows, o, without) => {
      const [bare, other] = [false, true].map(hide => {
        const { logprobs, batch } = caseOf(rows, hide, without)
        return policyLoss(o)(batch)(logprobs)
      })
      expect(other).toEqual(bare)
      expect(masked(rows, other as ObjectiveValue).every(g => Object.is(g, 0))).toBe(true)
    },
  )

  test.prop([sequences, options], { numRuns })('changes nothing at the second call either', (rows, o) => {
    const { logprobs, batch } = caseOf(rows, false, [])
    const objective = policyLoss(o)(batch)
    const first = objective(logprobs)
    objective(caseOf(rows, true, []).logprobs.map(row => row.map(lp => lp - 1)))
    expect(objective(caseOf(rows, true, []).logprobs)).toEqual(first)
  })

  test.prop([sequences], { numRuns })('changes nothing of the likelihood', rows => {
    const [bare, other] = [false, true].map(hide => {
      const { logprobs, batch } = caseOf(rows, hide, [])
      return sftLoss({ mask: batch.mask ?? [] })(logprobs)
    })
    expect(other).toEqual(bare)
  })

  test.prop([sequences, fc.constantFrom('token_truncate', 'token_mask', 'sequence_truncate', 'sequence_mask')], {
    numRuns,
  })('changes nothing of importance sampling', (rows, mode) => {
    const [bare, other] = [false, true].map(hide => {
      const { batch } = caseOf(rows, hide, [])
      const old = (batch.oldLogprobs ?? []).map(row => Float64Array.from(row))
      return importanceSampling(old, batch.samplingLogprobs ?? [], { mode, missingLogprobs: 'fault' }, batch.mask)
    })
    expect(other).toEqual(bare)
  })

  test('every array by itself, at every loss and level', () => {
    const rows = [Float64Array.of(-1, -0.5, -2)]
    const shown: Required<Omit<LossBatch, 'totals'>> = {
      advantages: [[1, -1, 1]],
      oldLogprobs: [[-1.1, -0.5, -2]],
      refLogprobs: [[-1, -0.6, -2]],
      samplingLogprobs: [[-1, -0.5, -2]],
      weights: [[1, 2, 1]],
      mask: [[1, 1, 0]],
      owners: [['perception', 'reasoning', 'reasoning']],
    }
    for (const type of types)
      for (const level of ['token', 'sequence'] as const)
        for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1000, 1000]) {
          const loss = policyLoss({ type, level, klRatio: true, maxCompletionLength: 4, offPolicyThreshold: 0.1 })
          const bare = loss(shown)(rows)
          expect(Number.isFinite(bare.loss)).toBe(true)
          expect(loss(shown)([Float64Array.of(-1, -0.5, bad)])).toEqual(bare)
          for (const name of ['advantages', 'oldLogprobs', 'refLogprobs', 'samplingLogprobs', 'weights'] as const) {
            const [given = []] = shown[name]
            expect(loss({ ...shown, [name]: [[...Array.from(given).slice(0, 2), bad]] })(rows), name).toEqual(bare)
          }
        }
  })
})

describe('a mask', () => {
  const rows = [Float64Array.of(-1, -1)]
  test.each([[0.5], [Number.NaN], [2], [-1]])('of %d is told: a token cannot count in part', value => {
    const says = `the mask of token 1 of sequence 0 is ${value}, and must be 0 or 1`
    const mask = [[1, value]]
    expect(() => policyLoss({ beta: 0 })({ advantages: [[1, 1]], mask })(rows)).toThrow(says)
    expect(() => sftLoss({ mask })(rows)).toThrow(says)
    expect(() => importanceWeights(rows, [[-1, -1]], {}, mask)).toThrow(says)
  })
  test('that leaves nothing gives 0 everywhere', () => {
    const made = policyLoss()({ advantages: [[1, Number.NaN]], refLogprobs: [[0, 0]], mask: [[0, 0]] })(rows)
    expect(made).toMatchObject({ loss: 0, gradient: [Float64Array.of(0, 0)], metrics: { entropy: 0, kl: 0 } })
  })
})

describe('0 times infinity is 0 where a token counts, too', () => {
  const far = [Float64Array.of(-1, -1)]
  const old = [[-1000, -1]]
  test.each(types.filter(type => type !== 'segment_mean'))('%s: no advantage, a ratio beyond all numbers', type => {
    const made = policyLoss({ type, beta: 0, maxCompletionLength: 2 })({ advantages: [[0, 1]], oldLogprobs: old })(far)
    expect(Number.isFinite(made.loss)).toBe(true)
    expect(made.gradient[0]?.[0]).toBe(0)
    expect(made.gradient[0]?.[1]).not.toBe(0)
  })
  test.each(['token', 'sequence'] as const)(
    'a clipped ratio beyond all numbers has no gradient, at level %s',
    level => {
      const given = { advantages: [[1, 1]], oldLogprobs: [[-1000, -1000]] }
      const made = policyLoss({ beta: 0, level })(given)([Float64Array.of(-1, -1)])
      expect(made.loss).toBeCloseTo(-1.2, 12)
      expect(made.gradient).toEqual([Float64Array.of(0, 0)])
    },
  )
  test('a KL of nothing times such a ratio is nothing', () => {
    const given = { advantages: [[1, 1]], oldLogprobs: old, refLogprobs: [[-1, -1.5]] }
    const made = policyLoss({ klRatio: true })(given)(far)
    expect(made.gradient.flatMap(row => Array.from(row)).every(Number.isFinite)).toBe(true)
  })
  test('a log-probability of NaN at a token that counts stays to be seen', () => {
    const made = policyLoss({ beta: 0 })({ advantages: [[0, 1]] })([Float64Array.of(Number.NaN, -1)])
    expect(made.loss).toBeNaN()
  })
})
