import type { LossOptions } from 'kinograd/advantage'
import { policyLoss, sftLoss } from 'kinograd/advantage'
import { type LossDefinition, type LossPromises, objectiveLaws } from 'kinograd/laws'
import { describe, test } from 'vitest'

const numRuns = Number(process.env.KINOGRAD_FUZZ_RUNS ?? 100)

/** By what they promise: which of the known losses it is, is found. */
const promised: Readonly<Record<string, readonly [LossOptions, LossPromises]>> = {
  'grpo, without KL': [{ beta: 0 }, {}],
  'grpo, with KL': [{}, { regularised: true }],
  'clipped wider above, and from above': [{ beta: 0, epsilonHigh: 0.28, delta: 1.3 }, { corners: [0.8, 1.28, 1.3] }],
  'segment means': [{ type: 'segment_mean', beta: 0 }, {}],
  bnpo: [{ type: 'bnpo', beta: 0 }, {}],
  dapo: [{ type: 'dapo' }, { regularised: true }],
  dr_grpo: [{ type: 'dr_grpo', maxCompletionLength: 9, beta: 0 }, {}],
  sapo: [{ type: 'sapo', beta: 0 }, {}],
  cispo: [{ type: 'cispo', beta: 0 }, { detached: true }],
  'truncated importance sampling': [
    { beta: 0, importanceSampling: { mode: 'token_truncate', most: 1.5 } },
    { definition: { type: 'grpo', beta: 0, importanceSampling: { mode: 'token_truncate', most: 1.5 } } },
  ],
  'a loss of its own, whatever it is': [
    { type: 'grpo', level: 'sequence', klRatio: true },
    { definition: 'own', regularised: true },
  ],
}
for (const [name, [options, promises]] of Object.entries(promised))
  describe(name, () => {
    for (const law of objectiveLaws(policyLoss(options), promises)) test(law.name, () => law.assert({ numRuns }))
  })

/** By their definition: every type, level, bound, KL and off-policy rule. */
const types = ['grpo', 'bnpo', 'dr_grpo', 'dapo', 'cispo', 'sapo', 'segment_mean'] as const
const variants: readonly Omit<LossDefinition, 'type'>[] = [
  { beta: 0 },
  { beta: 0.1, level: 'sequence' },
  { beta: 0.04, epsilonLow: 0.1, epsilonHigh: 0.3, delta: 1.5, klRatio: true },
  { beta: 0.04, klBound: 0.4, offPolicyThreshold: 0.1, level: 'sequence' },
  { beta: 1, klRatio: true, level: 'sequence', sapoTemperaturePositive: 2, offPolicyThreshold: 0.2 },
  { beta: 0, importanceSampling: { mode: 'token_truncate', most: 1.3 } },
  { beta: 0.1, importanceSampling: { mode: 'sequence_mask', most: 2, least: 0.5 }, offPolicyThreshold: 0.1 },
]
describe('the definition of', () => {
  for (const type of types)
    for (const variant of variants) {
      const options = { ...variant, type, maxCompletionLength: 12 }
      const laws = objectiveLaws(policyLoss(options), { definition: options })
      for (const { name, assert } of laws)
        if (name.startsWith('definition'))
          test(`${name}, ${type} ${JSON.stringify(variant)}`, () => assert({ numRuns }))
    }
})

const likelihood: Readonly<Record<string, LossPromises>> = {
  'by promise': { regularised: true },
  'by definition': { definition: { type: 'likelihood' } },
}
for (const [name, promises] of Object.entries(likelihood))
  describe(`the likelihood ${name}`, () => {
    for (const law of objectiveLaws(({ mask }) => sftLoss(mask === undefined ? {} : { mask }), promises))
      test(law.name, () => law.assert({ numRuns }))
  })
