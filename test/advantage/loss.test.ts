import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { LossBatch, LossOptions, LossType, Objective } from 'kinograd/advantage'
import { policyLoss, sftLoss } from 'kinograd/advantage'
import { describe, expect } from 'vitest'
import { fc, test } from '../property.ts'

const numRuns = Number(process.env.KINOGRAD_FUZZ_RUNS ?? 100)
const number = (min: number, max: number) => fc.double({ min, max, noNaN: true })
const owner = fc.constantFrom('perception', 'reasoning', null)

/** A ragged batch whose ratios stay off the corners of the clips, where a difference quotient says nothing. */
const batches = fc
  .array(
    fc.array(fc.tuple(number(-3, -0.1), number(-0.15, 0.15), number(-0.4, 0.4), number(-2, 2), fc.boolean(), owner), {
      minLength: 1,
      maxLength: 6,
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map(rows => {
    const pick = <A>(f: (token: (typeof rows)[number][number]) => A): A[][] => rows.map(row => row.map(f))
    const logprobs = pick(([lp]) => lp).map(row => Float64Array.from(row))
    const batch: LossBatch = {
      advantages: pick(([, , , a]) => a),
      oldLogprobs: pick(([lp, d]) => lp + d),
      refLogprobs: pick(([lp, , d]) => lp + d),
      mask: pick(([, , , , m]) => (m ? 1 : 0)),
      owners: pick(([, , , , , k]) => k),
    }
    return { logprobs, batch }
  })

const types: readonly LossType[] = ['grpo', 'bnpo', 'dr_grpo', 'dapo', 'cispo', 'sapo', 'segment_mean']
const options = fc.record({
  type: fc.constantFrom(...types),
  level: fc.constantFrom('token' as const, 'sequence' as const),
  beta: fc.constantFrom(0, 0.04),
  klRatio: fc.boolean(),
  klBound: fc.constantFrom(Number.POSITIVE_INFINITY, 10),
  epsilonLow: fc.constantFrom(0.2, 0.05),
  maxCompletionLength: fc.constant(8),
})

const moved = (rows: readonly Float64Array[], b: number, t: number, by: number): Float64Array[] =>
  rows.map((row, i) => row.map((lp, j) => (i === b && j === t ? lp + by : lp)))

describe('gradients', () => {
  test.prop([batches, options], { numRuns })('are what the loss does', ({ logprobs, batch }, o) => {
    // CISPO's weight is a constant to its gradient: below the bound of every ratio it is one to the difference too.
    const objective = policyLoss(o.type === 'cispo' ? { ...o, epsilonHigh: 0.5 } : o)(batch)
    const { gradient } = objective(logprobs)
    for (const [b, row] of logprobs.entries())
      for (const t of row.keys()) {
        const h = 1e-6
        const slope = (objective(moved(logprobs, b, t, h)).loss - objective(moved(logprobs, b, t, -h)).loss) / (2 * h)
        expect(Math.abs((gradient[b]?.[t] ?? Number.NaN) - slope)).toBeLessThan(1e-6 * (1 + Math.abs(slope)))
      }
  })

  test.prop([batches], { numRuns })('of the likelihood are the same for every counted token', ({ logprobs, batch }) => {
    const { loss, gradient } = sftLoss({ mask: batch.mask ?? [] })(logprobs)
    const counted = logprobs.flatMap((row, b) => Array.from(row).filter((_, t) => batch.mask?.[b]?.[t] === 1))
    expect(loss).toBeCloseTo(counted.length === 0 ? 0 : -counted.reduce((s, lp) => s + lp, 0) / counted.length, 9)
    for (const [b, row] of gradient.entries())
      for (const [t, g] of row.entries())
        expect(g).toBeCloseTo(batch.mask?.[b]?.[t] === 1 ? -1 / counted.length : 0, 12)
  })
})

describe('equivalences', () => {
  test.prop([batches, options], { numRuns })('padding with a mask changes nothing', ({ logprobs, batch }, o) => {
    const width = Math.max(...logprobs.map(row => row.length)) + 2
    const pad = (rows: readonly ArrayLike<number>[] | undefined, fill: number): number[][] =>
      (rows ?? []).map(row => [...Array.from(row), ...Array.from({ length: width - row.length }, () => fill)])
    const padded: LossBatch = {
      advantages: pad(batch.advantages, 0),
      oldLogprobs: pad(batch.oldLogprobs, -9),
      refLogprobs: pad(batch.refLogprobs, -5),
      mask: pad(batch.mask, 0),
      owners: (batch.owners ?? []).map(row => [...row, ...Array.from({ length: width - row.length }, () => null)]),
    }
    const bare = policyLoss(o)(batch)(logprobs)
    const wide = policyLoss(o)(padded)(pad(logprobs, -7).map(row => Float64Array.from(row)))
    expect(wide.loss).toBeCloseTo(bare.loss, 12)
    expect(wide.metrics).toEqual(bare.metrics)
    for (const [b, row] of bare.gradient.entries())
      expect(Array.from(wide.gradient[b] ?? [])).toEqual([
        ...row,
        ...Array.from({ length: width - row.length }, () => 0),
      ])
  })

  test.prop([batches, options], { numRuns })('a batch in parts adds up to the whole', ({ logprobs, batch }, o) => {
    const totals = {
      sequences: logprobs.length,
      tokens: (batch.mask ?? []).reduce((n, row) => n + Array.from(row).filter(m => m === 1).length, 0),
    }
    const whole = policyLoss(o)(batch)(logprobs)
    let loss = 0
    for (const [b, row] of logprobs.entries()) {
      const part: LossBatch = {
        advantages: [batch.advantages[b] ?? []],
        oldLogprobs: [batch.oldLogprobs?.[b] ?? []],
        refLogprobs: [batch.refLogprobs?.[b] ?? []],
        mask: [batch.mask?.[b] ?? []],
        owners: [batch.owners?.[b] ?? []],
        totals,
      }
      const made = policyLoss(o)(part)([row])
      loss += made.loss
      for (const [t, g] of (made.gradient[0] ?? []).entries())
        expect(g).toBeCloseTo(whole.gradient[b]?.[t] ?? Number.NaN, 12)
    }
    expect(loss).toBeCloseTo(whole.loss, 10)
  })

  test.prop([batches], { numRuns })('old log-probabilities left out are the current ones', ({ logprobs, batch }) => {
    const { oldLogprobs: _, ...without } = batch
    const given = policyLoss()({ ...batch, oldLogprobs: logprobs })(logprobs)
    expect(policyLoss()(without)(logprobs)).toEqual(given)
  })
})

describe('means', () => {
  const objective = (o: LossOptions, batch: LossBatch): ReturnType<Objective> =>
    policyLoss({ beta: 0, ...o })(batch)(batch.advantages.map(row => new Float64Array(row.length).fill(-1)))

  test('segment means weigh both processes alike whatever their lengths', () => {
    const owners = [['perception', 'perception', 'perception', 'reasoning', null]] as const
    const { loss, gradient } = objective({ type: 'segment_mean' }, { advantages: [[3, 3, 3, 5, 7]], owners })
    expect(loss).toBeCloseTo(-8, 12)
    expect(Array.from(gradient[0] ?? [])).toEqual([-1, -1, -1, -5, 0])
  })

  test('the default is the mean of the means of the sequences', () => {
    expect(
      objective(
        {},
        {
          advantages: [
            [1, 1, 1, 1],
            [3, 5],
          ],
        },
      ).loss,
    ).toBeCloseTo(-(1 + 4) / 2, 12)
    expect(
      objective(
        { type: 'bnpo' },
        {
          advantages: [
            [1, 1, 1, 1],
            [3, 5],
          ],
        },
      ).loss,
    ).toBeCloseTo(-12 / 6, 12)
    expect(
      objective(
        { type: 'dr_grpo', maxCompletionLength: 6 },
        {
          advantages: [
            [1, 1, 1, 1],
            [3, 5],
          ],
        },
      ).loss,
    ).toBeCloseTo(-1, 12)
  })

  test('sequences that went too far off are dropped when their advantage is negative', () => {
    const batch = {
      advantages: [
        [-1, -1],
        [1, 1],
      ],
      oldLogprobs: [
        [0, 0],
        [0, 0],
      ],
    }
    const { gradient } = objective({ offPolicyThreshold: 0.5 }, batch)
    expect(Array.from(gradient[0] ?? [])).toEqual([0, 0])
    expect(gradient[1]?.[0]).not.toBe(0)
  })

  test('metrics come by process where owners are given', () => {
    const owners = [['perception', 'reasoning']] as const
    const { metrics } = objective({}, { advantages: [[1, 1]], oldLogprobs: [[-2, -1]], owners })
    expect(metrics).toMatchObject({
      entropy: 1,
      'clip_ratio/perception': 1,
      'clip_ratio/reasoning': 0,
      'clip_ratio/high_mean': 0.5,
    })
  })
})

test('shapes that do not fit are told with both numbers', () => {
  const rows = [Float64Array.of(-1, -1)]
  expect(() => policyLoss({ beta: 0 })({ advantages: [] })(rows)).toThrow(
    'advantages has 0 sequences, the log-probabilities have 1',
  )
  expect(() => policyLoss({ beta: 0 })({ advantages: [[1]] })(rows)).toThrow(
    'sequence 0 has 1 tokens, its log-probabilities have 2',
  )
  expect(() => policyLoss()({ advantages: [[1, 1]] })(rows)).toThrow(
    'beta is 0.04, and there are no reference log-probabilities',
  )
  expect(() => policyLoss({ type: 'dr_grpo' })).toThrow('maxCompletionLength')
  expect(() => policyLoss({ type: 'segment_mean', beta: 0 })({ advantages: [[1, 1]] })(rows)).toThrow('owners')
})

const read = (): string | null => {
  try {
    return readFileSync(fileURLToPath(new URL('../../../shared/golden/losses.json', import.meta.url)), 'utf8')
  } catch {
    return null
  }
}
interface Golden extends LossBatch {
  readonly lossType: LossType
  readonly level: 'token' | 'sequence'
  readonly beta: number
  readonly epsilonLow: number
  readonly epsilonHigh: number
  readonly delta: number | null
  readonly maxCompletionLength: number
  readonly logprobs: readonly (readonly number[])[]
  readonly loss: number
  readonly grad: readonly (readonly number[])[]
}
const goldens = read()
test.skipIf(goldens === null)("losses and gradients are TRL's (skipped where ../shared is absent)", () => {
  for (const c of (JSON.parse(goldens ?? '') as { readonly cases: readonly Golden[] }).cases) {
    const { lossType: type, level, beta, epsilonLow, epsilonHigh, delta, maxCompletionLength } = c
    const made = policyLoss({ type, level, beta, epsilonLow, epsilonHigh, delta, maxCompletionLength })(c)(
      c.logprobs.map(row => Float64Array.from(row)),
    )
    expect(Math.abs(made.loss - c.loss)).toBeLessThan(1e-5)
    for (const [b, row] of c.grad.entries())
      for (const [t, g] of row.entries()) expect(Math.abs((made.gradient[b]?.[t] ?? Number.NaN) - g)).toBeLessThan(1e-5)
  }
})
