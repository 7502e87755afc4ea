import type { LossBatch, Objective } from 'kinograd/advantage'
import { policyLoss } from 'kinograd/advantage'
import {
  advantageLaws,
  brokenLaws,
  brokenLawText,
  type FamilyPromises,
  objectiveLaws,
  type Promises,
} from 'kinograd/laws'
import { describe, expect, test } from 'vitest'
import { plainGrpo } from '../../bench/mutants/losses.ts'
import {
  byProcess,
  centred,
  equal,
  fromBatch,
  fromSums,
  kept,
  mean,
  type Numbers,
  onAll,
  overScored,
  standard,
  std,
  summed,
} from '../../bench/mutants/normaliser-parts.ts'

const two = ['perception', 'reasoning'] as const
const trial = { seed: 2, numRuns: Number(process.env.KINOGRAD_FUZZ_RUNS ?? 100) }
const texts = (laws: Parameters<typeof brokenLaws>[0]): readonly string[] => brokenLaws(laws, trial).map(brokenLawText)

const others = (x: Numbers, i: number): Numbers => x.filter((_, j) => j !== i)
const choose = (n: number, k: number): number =>
  Array.from({ length: k }, (_, i) => (n - i) / (i + 1)).reduce((a, b) => a * b, 1)

/** (x − mean of the others) / (std of the others + 1e-4). */
const leaveOneOut = (x: Numbers): Numbers =>
  equal(x)
    ? x.map(() => 0)
    : x.map((v, i) => (v - mean(others(x, i))) / (x.length < 3 ? 1e-4 : std(others(x, i)) + 1e-4))

/** The analytical advantages of Pass@k training, k = 3. */
const passAt3 = (x: Numbers): Numbers => {
  const [n, wrong] = [x.length, x.filter(v => v <= 0).length]
  const fail = n < 3 ? 0 : choose(wrong, 3) / choose(n, 3)
  const sigma = Math.sqrt(fail * (1 - fail))
  return x.map(v => (sigma === 0 ? 0 : (v > 0 ? fail : fail - choose(wrong - 1, 2) / choose(n - 1, 2)) / sigma))
}

/** Two passes in float32, constant by max = min. */
const single = (x: Numbers): Numbers => {
  const f = x.map(Math.fround)
  const sum = (all: Numbers): number => all.reduce((s, v) => Math.fround(s + v), 0)
  if (equal(f)) return f.map(() => 0)
  const m = Math.fround(sum(f) / f.length)
  const d = f.map(v => Math.fround(v - m))
  const s = Math.fround(Math.sqrt(Math.fround(sum(d.map(v => Math.fround(v * v))) / (f.length - 1))))
  return d.map(v => Math.fround(v / Math.fround(s + Math.fround(1e-4))))
}

const known: Readonly<
  Record<string, readonly [Parameters<typeof advantageLaws<'perception' | 'reasoning'>>[0], FamilyPromises]>
> = {
  'leave-one-out mean over leave-one-out deviation': [fromSums(leaveOneOut), { family: 'leaveOneOut' }],
  'REINFORCE++ (arXiv 2501.03262), the batch as baseline': [
    fromBatch(summed, standard),
    { family: 'reinforcePlusPlus' },
  ],
  'REINFORCE++-baseline (arXiv 2501.03262)': [
    fromBatch(raw => kept(summed(raw), overScored(summed(raw), centred)), standard),
    { family: 'reinforcePlusPlusBaseline' },
  ],
  'pass@k (arXiv 2508.10751, equations 14 and 15)': [fromSums(passAt3), { family: 'passAtK', k: 3 }],
  'GRPO without deviation (arXiv 2503.20783)': [
    batch => batch.map(raw => onAll(raw, overScored(raw.rewards.reasoning, centred))),
    { family: 'grpo', reward: 'reasoning', scale: 'none' },
  ],
  'PA-GRPO in two passes, in float64': [byProcess(standard), { family: 'paGrpo', range: [0, 2.2] }],
  'PA-GRPO in float32 with its stated precision': [
    byProcess(single),
    { family: 'paGrpo', range: [0, 2.2], precision: 'float32' },
  ],
}

describe('right variants keep the laws of their definition', () => {
  for (const [name, [normaliser, promises]] of Object.entries(known))
    test(name, () => expect(texts(advantageLaws(normaliser, promises, two))).toEqual([]))
})

describe('right variants without a definition keep the laws that they promise', () => {
  const all: Promises = { routing: 'all', scope: 'group', scale: 'other' }
  test('leave-one-out deviation: neither zero sum nor order', () => {
    expect(texts(advantageLaws(fromSums(leaveOneOut), { ...all, zeroSum: false, keepsOrder: false }, two))).toEqual([])
    expect(brokenLaws(advantageLaws(fromSums(leaveOneOut), all, two), trial)).toHaveLength(1)
  })
  test('pass@k of right and wrong: the order is weak, and nothing is shifted', () => {
    const promises = { ...all, values: [0, 1], zeroSum: false, keepsOrder: false }
    expect(texts(advantageLaws(fromSums(passAt3), promises, two))).toEqual([])
  })
  test('a baseline of 0.5 for a single reward: not centred at all', () => {
    const given: Promises = { ...all, zeroSum: false, shiftFree: false, constantIsZero: false }
    expect(
      texts(
        advantageLaws(
          fromSums(x => x.map(v => v - 0.5)),
          given,
          two,
        ),
      ),
    ).toEqual([])
  })
})

describe('right losses keep the laws of their definition', () => {
  test('GRPO written out token by token', () =>
    expect(texts(objectiveLaws(plainGrpo, { definition: { type: 'grpo' } }))).toEqual(
      texts(objectiveLaws(plainGrpo, { regularised: true })),
    ))
  test('GSPO (arXiv 2507.18071)', () => {
    const definition = { type: 'grpo', level: 'sequence', beta: 0, epsilonLow: 3e-4, epsilonHigh: 4e-4 } as const
    const laws = objectiveLaws(policyLoss(definition), { definition }).filter(({ name }) =>
      name.startsWith('definition'),
    )
    expect(texts(laws)).toEqual([])
  })
  test('a KL by k2, and none of totals, weights or missing old ones', () => {
    const k2 =
      (batch: LossBatch): Objective =>
      logprobs => {
        const mask = (b: number, t: number): number => batch.mask?.[b]?.[t] ?? 1
        const length = (b: number): number =>
          Math.max(1, Array.from(logprobs[b] ?? [], (_, t) => mask(b, t)).filter(m => m !== 0).length)
        let loss = 0
        const gradient = logprobs.map((row, b) =>
          row.map((lp, t) => {
            if (mask(b, t) === 0) return 0
            const x = lp - (batch.refLogprobs?.[b]?.[t] ?? lp)
            const a = batch.advantages[b]?.[t] ?? 0
            const w = Math.exp(lp - (batch.oldLogprobs?.[b]?.[t] ?? lp))
            const free = w * a <= Math.min(1.2, Math.max(0.8, w)) * a
            const share = 1 / (logprobs.length * length(b))
            loss += share * (-Math.min(w * a, Math.min(1.2, Math.max(0.8, w)) * a) + (0.1 * (x * x)) / 2)
            return share * ((free ? -w * a : 0) + 0.1 * x)
          }),
        )
        return { loss, gradient, metrics: {} }
      }
    const takes = { weights: false, totals: false, withoutOld: false }
    expect(texts(objectiveLaws(k2, { definition: { type: 'grpo', beta: 0.1, kl: 'k2' }, takes }))).toEqual([])
    expect(brokenLaws(objectiveLaws(k2, { definition: { type: 'grpo', beta: 0.1 }, takes }), trial)).toMatchObject([
      { law: 'definition' },
    ])
  })
})
