import type { Normaliser } from 'kinograd/advantage'
import { drGrpo, gdpo, grpo, paGrpo, rloo, sum } from 'kinograd/advantage'
import { advantageLaws, type FamilyPromises, type Promises } from 'kinograd/laws'
import { describe, test } from 'vitest'

const numRuns = Number(process.env.KINOGRAD_FUZZ_RUNS ?? 100)
type Two = 'perception' | 'reasoning'
const two = ['perception', 'reasoning'] as const
const weights = { perception: 0.5, reasoning: 2 }
const group = { scope: 'group' } as const

/** The library's families, by what they promise: the definition follows where it can. */
const promised: Readonly<Record<string, readonly [Normaliser<Two>, Promises]>> = {
  'PA-GRPO': [paGrpo(), { ...group, routing: 'process', scale: 'sample' }],
  'PA-GRPO over n': [
    paGrpo({ ddof: 0, epsilon: 1e-6 }),
    { ...group, routing: 'process', scale: 'population', epsilon: 1e-6 },
  ],
  'PA-GRPO unscaled': [paGrpo({ scale: 'none' }), { ...group, routing: 'process', scale: 'none' }],
  'PA-GRPO scaled by the batch': [paGrpo({ scale: 'batch' }), { scope: 'batch', routing: 'process', scale: 'other' }],
  GRPO: [grpo({ reward: 'reasoning' }), { ...group, routing: 'all', scale: 'sample' }],
  'the sum': [sum(), { ...group, routing: 'all', scale: 'sample' }],
  'a weighted sum': [sum({ weights }), { ...group, routing: 'all', scale: 'sample' }],
  'Dr. GRPO': [drGrpo(), { ...group, routing: 'all', scale: 'none' }],
  RLOO: [rloo(), { ...group, routing: 'all', scale: 'other' }],
  GDPO: [gdpo(), { scope: 'batch', routing: 'all', scale: 'other' }],
}
/** The same by the name of their definition. */
const named: Readonly<Record<string, readonly [Normaliser<Two>, FamilyPromises]>> = {
  paGrpo: [paGrpo(), { family: 'paGrpo' }],
  'paGrpo by the batch': [paGrpo({ scale: 'batch' }), { family: 'paGrpo', scale: 'batch' }],
  'paGrpo from 0 to 2.2': [paGrpo(), { family: 'paGrpo', range: [0, 2.2] }],
  'paGrpo of huge rewards': [paGrpo(), { family: 'paGrpo', range: [-1e307, 1e307] }],
  grpo: [grpo({ reward: 'reasoning' }), { family: 'grpo', reward: 'reasoning' }],
  'grpo without deviation': [
    grpo({ reward: 'reasoning', scale: 'none' }),
    { family: 'grpo', reward: 'reasoning', scale: 'none' },
  ],
  sum: [sum({ weights }), { family: 'sum', weights }],
  'sum by the batch': [sum({ scale: 'batch', ddof: 0 }), { family: 'sum', scale: 'batch', ddof: 0 }],
  drGrpo: [drGrpo({ weights }), { family: 'drGrpo', weights }],
  rloo: [rloo(), { family: 'rloo' }],
  gdpo: [gdpo({ weights }), { family: 'gdpo', weights }],
}

for (const [name, [normaliser, promises]] of [...Object.entries(promised), ...Object.entries(named)])
  describe(name, () => {
    for (const law of advantageLaws(normaliser, promises, two)) test(law.name, () => law.assert({ numRuns }))
  })

describe('PA-GRPO with three processes, and with one', () => {
  const promises = { ...group, routing: 'process', scale: 'sample' } as const
  for (const processes of [['perception', 'grounding', 'reasoning'], ['all']] as const)
    for (const law of advantageLaws<string>(paGrpo(), promises, processes))
      test(`${processes.length}: ${law.name}`, () => law.assert({ numRuns }))
})
