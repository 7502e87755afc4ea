import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { fc, test } from '@fast-check/vitest'
import { beforeAll, describe, expect, test as plainTest } from 'vitest'
import { layoutOf } from '../../src/engine/tfjs/decode/layout.ts'
import { mostBytes } from '../../src/engine/tfjs/decode/threads.ts'
import { modelConstants } from '../../src/engine/tfjs/forward.ts'
import { initialise } from '../../src/engine/tfjs/initialise.ts'
import { sampleCompletions } from '../../src/engine/tfjs/sampler.ts'
import { use } from './backends.ts'
import { tinyConfig } from './tiny-config.ts'
import { noise, promptOf, sampling } from './tiny-engine.ts'

const numRuns = Math.ceil(Number(process.env.KINOGRAD_FUZZ_RUNS ?? 100) / 10)

describe('decoding in the kernel', () => {
  beforeAll(() => use('wasm'), 60_000)

  const text = (length: number) =>
    promptOf(
      [],
      Array.from({ length }, (_, i) => 4 + ((i * 7) % 20)),
    )
  const shapes = fc.record({
    lengths: fc.array(fc.integer({ min: 1, max: 19 }), { minLength: 1, maxLength: 4 }),
    count: fc.integer({ min: 1, max: 11 }),
    maxTokens: fc.integer({ min: 1, max: 20 }),
    heads: fc.constantFrom<readonly [number, number]>([4, 2], [4, 4], [4, 1]),
    tied: fc.boolean(),
    seed: fc.nat({ max: 1000 }),
  })

  test.prop([shapes], { numRuns })(
    'gives what tensors give: prompts of unequal length, blocks with rows of several prompts, shared heads, both kinds of head',
    async ({ lengths, count, maxTokens, heads: [heads, kvHeads], tied, seed }) => {
      const config = { ...tinyConfig, text: { ...tinyConfig.text, heads, kvHeads, tied } }
      const model = { config, parameters: initialise(config, seed), constants: modelConstants(config) }
      const prompts = [promptOf([noise(seed)]), ...lengths.map(text)]
      const given = sampling({ count, maxTokens, seed })
      const kernel = await sampleCompletions(model, prompts, given, 'qwen', undefined, 'kernel')
      const tensors = await sampleCompletions(model, prompts, given, 'qwen', undefined, 'tensors')
      for (const [n, group] of kernel.entries())
        for (const [g, one] of group.entries()) {
          const other = tensors[n]?.[g]
          expect(one.ids).toEqual(other?.ids)
          for (const [t, lp] of one.logprobs.entries())
            expect(Math.abs(lp - (other?.logprobs[t] ?? Number.NaN))).toBeLessThan(1e-5)
        }
    },
    120_000,
  )

  plainTest('says when a model has no room in 4 GiB: 3 B does not, 0.5 B does', () => {
    const sized = (hiddenSize: number, intermediateSize: number, layers: number) => ({
      ...tinyConfig,
      text: {
        ...tinyConfig.text,
        hiddenSize,
        intermediateSize,
        layers,
        heads: 16,
        kvHeads: 2,
        headDim: 64,
        vocabSize: 151_936,
      },
    })
    const shape = { prompts: 1, perPrompt: 8, promptLength: 1000, maxTokens: 768, threads: 2 }
    expect(layoutOf(sized(896, 4864, 24), shape).bytes).toBeLessThan(mostBytes)
    expect(layoutOf(sized(2048, 11_008, 36), shape).bytes).toBeGreaterThan(mostBytes)
  })

  plainTest(
    'is compiled from the source that stands beside it',
    async () => {
      await promisify(execFile)(process.execPath, ['.ci/compile-kernel.js', '--check'])
    },
    60_000,
  )
})
