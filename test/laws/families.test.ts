import type { Normaliser } from 'kinograd/advantage'
import { drGrpo, gdpo, grpo, paGrpo, rloo, sum } from 'kinograd/advantage'
import { advantageLaws, type Promises } from 'kinograd/laws'
import { describe, test } from 'vitest'

const numRuns = Number(process.env.KINOGRAD_FUZZ_RUNS ?? 100)
type Two = 'perception' | 'reasoning'
const group = { scope: 'group' } as const
const families: Readonly<Record<string, readonly [Normaliser<Two>, Promises]>> = {
  'PA-GRPO': [paGrpo(), { ...group, routing: 'process', scale: 'sample' }],
  'PA-GRPO over n': [
    paGrpo({ ddof: 0, epsilon: 1e-6 }),
    { ...group, routing: 'process', scale: 'population', epsilon: 1e-6 },
  ],
  'PA-GRPO unscaled': [paGrpo({ scale: 'none' }), { ...group, routing: 'process', scale: 'none' }],
  'PA-GRPO scaled by the batch': [paGrpo({ scale: 'batch' }), { scope: 'batch', routing: 'process', scale: 'other' }],
  GRPO: [grpo({ reward: 'reasoning' }), { ...group, routing: 'all', scale: 'sample' }],
  'the sum': [sum(), { ...group, routing: 'all', scale: 'sample' }],
  'Dr. GRPO': [drGrpo(), { ...group, routing: 'all', scale: 'none' }],
  RLOO: [rloo(), { ...group, routing: 'all', scale: 'other' }],
  GDPO: [gdpo(), { scope: 'batch', routing: 'all', scale: 'other' }],
}

for (const [name, [normaliser, promises]] of Object.entries(families))
  describe(name, () => {
    for (const law of advantageLaws(normaliser, promises, ['perception', 'reasoning']))
      test(law.name, () => law.assert({ numRuns }))
  })

describe('PA-GRPO with three processes, and with one', () => {
  const promises = { ...group, routing: 'process', scale: 'sample' } as const
  for (const processes of [['perception', 'grounding', 'reasoning'], ['all']] as const)
    for (const law of advantageLaws<string>(paGrpo(), promises, processes))
      test(`${processes.length}: ${law.name}`, () => law.assert({ numRuns }))
})
