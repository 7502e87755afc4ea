import { flowLaws } from 'kinograd/laws'
import { describe, test } from 'vitest'

const runs = Number(process.env.KINOGRAD_FUZZ_RUNS ?? 100)

describe('the laws of the flow room', () => {
  for (const law of flowLaws) test(law.name, () => law.assert({ numRuns: runs }))
})
