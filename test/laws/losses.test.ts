import type { LossOptions } from 'kinograd/advantage'
import { policyLoss, sftLoss } from 'kinograd/advantage'
import { type LossPromises, objectiveLaws } from 'kinograd/laws'
import { describe, test } from 'vitest'

const numRuns = Number(process.env.KINOGRAD_FUZZ_RUNS ?? 100)
const losses: Readonly<Record<string, readonly [LossOptions, LossPromises]>> = {
  'grpo, without KL': [{ beta: 0 }, {}],
  'grpo, with KL': [{}, { regularised: true }],
  'clipped wider above, and from above': [{ beta: 0, epsilonHigh: 0.28, delta: 1.3 }, { corners: [0.8, 1.28, 1.3] }],
  'segment means': [{ type: 'segment_mean', beta: 0 }, {}],
  bnpo: [{ type: 'bnpo', beta: 0 }, {}],
  dapo: [{ type: 'dapo' }, { regularised: true }],
  dr_grpo: [{ type: 'dr_grpo', maxCompletionLength: 9, beta: 0 }, {}],
  sapo: [{ type: 'sapo', beta: 0 }, {}],
  cispo: [{ type: 'cispo', beta: 0 }, { detached: true }],
}
for (const [name, [options, promises]] of Object.entries(losses))
  describe(name, () => {
    for (const law of objectiveLaws(policyLoss(options), promises)) test(law.name, () => law.assert({ numRuns }))
  })
describe('the likelihood', () => {
  for (const law of objectiveLaws(({ mask }) => sftLoss(mask === undefined ? {} : { mask }), { regularised: true }))
    test(law.name, () => law.assert({ numRuns }))
})
