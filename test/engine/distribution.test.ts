import { describe, expect } from 'vitest'
import { draw, scoresOf } from '../../src/engine/tfjs/sample/distribution.ts'
import { fc, test } from '../property.ts'

const numRuns = Number(process.env.KINOGRAD_FUZZ_RUNS ?? 100)

const logits = fc
  .array(
    fc.integer({ min: -40, max: 40 }).map(tenths => tenths / 10),
    { minLength: 2, maxLength: 12 },
  )
  .map(values => Float32Array.from(values))
const rules = fc.record({
  temperature: fc.double({ min: 0.8, max: 3, noNaN: true }),
  topK: fc.nat({ max: 14 }),
  topP: fc.oneof(fc.constant(1), fc.double({ min: 0.05, max: 0.99, noNaN: true })),
  minP: fc.oneof(fc.constant(0), fc.double({ min: 0.01, max: 1, noNaN: true })),
  repetitionPenalty: fc.constantFrom(1, 1.3, 0.7),
})
type Rules = typeof rules extends fc.Arbitrary<infer R> ? R : never
const seenOf = (size: number) => fc.uniqueArray(fc.nat({ max: size - 1 })).map(list => new Set(list))
const cases = logits.chain(values => fc.tuple(fc.constant(values), rules, seenOf(values.length)))

/** Every token that can be drawn, with its probability: `uniform` walked from border to border. */
const kept = (values: Float32Array, given: Rules, seen: ReadonlySet<number>): ReadonlyMap<number, number> => {
  const all = new Map<number, number>()
  let mass = 0
  while (mass < 1 - 1e-9) {
    const { token, samplingLogprob } = draw(scoresOf(values, given.temperature), given, seen, mass + 1e-12)
    if (all.has(token)) throw new Error(`token ${token} is met twice, at ${mass}`)
    all.set(token, Math.exp(samplingLogprob))
    mass += Math.exp(samplingLogprob)
  }
  return all
}

/** Penalised and tempered probabilities, before any filter. */
const unfiltered = (
  values: Float32Array,
  { temperature, repetitionPenalty }: Rules,
  seen: ReadonlySet<number>,
): number[] => {
  const scores = [...values].map(
    (v, i) => (seen.has(i) ? (v > 0 ? v / repetitionPenalty : v * repetitionPenalty) : v) / temperature,
  )
  const total = scores.reduce((sum, s) => sum + Math.exp(s), 0)
  return scores.map(s => Math.exp(s) / total)
}

describe('draw', () => {
  test.prop([cases], { numRuns })(
    'what is kept has probabilities that sum to one, in proportion to the unfiltered',
    ([values, given, seen]) => {
      const all = kept(values, given, seen)
      const mass = [...all.values()].reduce((a, b) => a + b, 0)
      expect(mass).toBeCloseTo(1, 9)
      const free = unfiltered(values, given, seen)
      const share = [...all.keys()].reduce((sum, i) => sum + (free[i] as number), 0)
      for (const [i, p] of all) expect(p).toBeCloseTo((free[i] as number) / share, 6)
    },
  )

  test.prop([cases], { numRuns })(
    'no filtered token is drawn, and none is filtered that should not be',
    ([values, given, seen]) => {
      const free = unfiltered(values, given, seen)
      const order = [...free.keys()].sort((i, j) => (free[j] as number) - (free[i] as number) || i - j)
      const best = given.topK > 0 ? order.slice(0, given.topK) : order
      const total = best.reduce((sum, i) => sum + (free[i] as number), 0)
      let mass = 0
      const nucleus = best.filter(i => {
        const inside = mass < given.topP - 1e-9
        const sure = Math.abs(mass - given.topP) > 1e-9
        mass += (free[i] as number) / total
        return inside || !sure
      })
      const floor = given.minP * (free[nucleus[0] as number] as number)
      const expected = nucleus.filter(i => (free[i] as number) >= floor * (1 - 1e-9))
      const drawn = [...kept(values, given, seen).keys()].sort((i, j) => i - j)
      expect(drawn).toEqual([...expected].sort((i, j) => i - j))
    },
  )

  test.prop([cases, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })], { numRuns })(
    'the log-probability of the policy is untempered and unfiltered',
    ([values, given, seen], uniform) => {
      const { token, logprob } = draw(scoresOf(values, given.temperature), given, seen, uniform)
      const total = [...values].reduce((sum, v) => sum + Math.exp(v), 0)
      expect(logprob).toBeCloseTo((values[token] as number) - Math.log(total), 6)
    },
  )

  test.prop([logits], { numRuns })('temperature 0 takes the first of the largest', values => {
    const { token, samplingLogprob } = draw(scoresOf(values, 0), { temperature: 0 }, new Set(), 0.7)
    expect(token).toBe(values.indexOf(Math.max(...values)))
    expect(samplingLogprob).toBe(0)
  })

  test('frequencies follow the probabilities', () => {
    const values = Float32Array.from([0, 1, 2])
    const counts = [0, 0, 0]
    for (let i = 0; i < 1000; i++)
      counts[draw(scoresOf(values, 1), { temperature: 1 }, new Set(), (i + 0.5) / 1000).token]!++
    const total = 1 + Math.E + Math.E ** 2
    for (const [i, n] of counts.entries()) expect(Math.abs(n - (1000 * Math.exp(i)) / total)).toBeLessThanOrEqual(1)
  })
})
