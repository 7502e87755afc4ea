import { basename } from 'node:path'
import { describe, expect, test } from 'vitest'
import { check } from '../../bench/conformance/qwen25vl.ts'
import { goldenCases } from './golden.ts'

describe.skipIf(goldenCases.length === 0)(
  'Hugging Face on WebAssembly (skipped: no goldens beside the repository)',
  () => {
    test.each(goldenCases.map(path => [basename(path), path]))('%s', async (_, path) => {
      const quantities = await check(path as string, 'wasm')
      expect(quantities.length).toBeGreaterThan(25)
      expect(quantities.filter(({ error, bound }) => !(error <= bound))).toEqual([])
    })
  },
)
