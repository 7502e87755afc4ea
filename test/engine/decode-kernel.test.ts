import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, test as plainTest } from 'vitest'
import { disposeConstants, modelConstants } from '../../src/engine/tfjs/model/forward.ts'
import { initialise } from '../../src/engine/tfjs/model/initialise.ts'
import { disposeParameters } from '../../src/engine/tfjs/model/parameters.ts'
import { compiled } from '../../src/engine/tfjs/sample/decode/compiled.ts'
import { layoutOf } from '../../src/engine/tfjs/sample/decode/layout.ts'
import { startDecoding } from '../../src/engine/tfjs/sample/decode/start.ts'
import { mostBytes } from '../../src/engine/tfjs/sample/decode/threads.ts'
import { fc, test } from '../property.ts'
import { use } from './backends.ts'
import { tinyConfig } from './tiny-config.ts'
import { apart, noise, promptOf, words } from './tiny-engine.ts'

const numRuns = Math.ceil(Number(process.env.KINOGRAD_FUZZ_RUNS ?? 100) / 10)

describe.each([
  { arithmetic: 'fused', here: compiled('fused') !== undefined },
  { arithmetic: 'plain', here: true },
] as const)('decoding in the kernel, $arithmetic (which this Node has: $here)', ({ arithmetic, here }) => {
  beforeAll(() => use('wasm'), 60_000)

  const text = (length: number) =>
    promptOf(
      [],
      Array.from({ length }, (_, i) => 4 + ((i * 7) % 20)),
    )
  const shapes = fc.record({
    lengths: fc.array(fc.integer({ min: 1, max: 19 }), { minLength: 1, maxLength: 4 }),
    perPrompt: fc.integer({ min: 1, max: 11 }),
    maxTokens: fc.integer({ min: 1, max: 20 }),
    temperature: fc.constantFrom(1, 0.7, 2),
    vocabSize: fc.constantFrom(tinyConfig.text.vocabSize, 515),
    heads: fc.constantFrom<readonly [number, number]>([4, 2], [4, 4], [4, 1]),
    tied: fc.boolean(),
    seed: fc.nat({ max: 1000 }),
  })

  describe.skipIf(!here)('beside tensors', () => {
    test.prop([shapes], { numRuns })(
      'gives what tensors give for the same tokens: prompts of unequal length, blocks with rows of several prompts, shared heads, both kinds of head',
      async ({ lengths, perPrompt, maxTokens, temperature, vocabSize, heads: [heads, kvHeads], tied, seed }) => {
        const config = { ...tinyConfig, text: { ...tinyConfig.text, heads, kvHeads, tied, vocabSize } }
        const model = { config, parameters: initialise(config, seed), constants: modelConstants(config) }
        const prompts = [promptOf([noise(seed)]), ...lengths.map(text)]
        const options = { perPrompt, maxTokens, temperature, layout: 'qwen' } as const
        const kernel = startDecoding(model, prompts, { ...options, steps: arithmetic })
        const tensors = startDecoding(model, prompts, { ...options, steps: 'tensors' })
        const rows = prompts.length * perPrompt
        for (let t = 1; t < maxTokens; t++) {
          const tokens = words(seed + t, rows)
          const [ours, theirs] = [await kernel.next(tokens), await tensors.next(tokens)]
          for (let row = 0; row < rows; row++) {
            const [a, b] = [ours(row), theirs(row)]
            expect(apart(a.logits, b.logits)).toBeLessThan(1e-5)
            expect(apart(a.weights, b.weights)).toBeLessThan(1e-5)
            expect(apart([a.largest, a.sum], [b.largest, b.sum])).toBeLessThan(1e-5)
          }
        }
        kernel.dispose()
        tensors.dispose()
        disposeParameters(model.parameters)
        disposeConstants(model.constants)
      },
      120_000,
    )
  })
})

describe('the kernel', () => {
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
