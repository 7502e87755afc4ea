import { execFile } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { promisify } from 'node:util'
import * as tf from '@tensorflow/tfjs-core'
import {
  type Adapter,
  type AdapterShape,
  initAdapter,
  type Parameters,
  type Qwen25VLConfig,
} from 'kinograd/engine/tfjs'
import { beforeAll, describe, expect, test as plainTest } from 'vitest'
import { adapted, scaleTensors } from '../../src/engine/tfjs/lora/adapter.ts'
import { disposeConstants, modelConstants } from '../../src/engine/tfjs/model/forward.ts'
import { initialise } from '../../src/engine/tfjs/model/initialise.ts'
import { disposeParameters } from '../../src/engine/tfjs/model/parameters.ts'
import { compiled } from '../../src/engine/tfjs/sample/decode/compiled.ts'
import { kernelWeightsOf } from '../../src/engine/tfjs/sample/decode/kernel-weights.ts'
import { layoutOf, mostBytes } from '../../src/engine/tfjs/sample/decode/layout.ts'
import { startDecoding } from '../../src/engine/tfjs/sample/decode/start.ts'
import { isPackable, type PackedType, packed } from '../../src/engine/tfjs/tensors/packed.ts'
import { packBrain, packBytes } from '../../src/engine/tfjs/tensors/unpack.ts'
import { fc, test } from '../property.ts'
import { use } from './backends.ts'
import { right } from './golden.ts'
import { projections } from './tiny-adapter.ts'
import { tinyConfig } from './tiny-config.ts'
import { apart, noise, promptOf, words } from './tiny-engine.ts'

/** Ranks and scales that differ between the parts of one product. */
const patterned: AdapterShape = {
  ...{ rank: 3, alpha: 6, targets: projections },
  ...{ rankPattern: { q_proj: 2, down_proj: 5 }, alphaPattern: { v_proj: 9 } },
}

/** Random bits that are finite halves. */
const halves = (count: number): Int32Array =>
  Int32Array.from({ length: count }, (_, i) => {
    const half = (n: number): number => (((n * 40_503) >> 3) & 0x83ff) | 0x2400
    return half(2 * i) | (half(2 * i + 1) << 16)
  })

const packedAs = (type: PackedType, parameters: Parameters): Parameters =>
  new Map(
    [...parameters].map(([name, x]) => {
      if (!isPackable(type, x.shape)) return [name, x]
      const values = x.dataSync<'float32'>()
      const columns = values.length / x.shape[0]!
      const words =
        type === 'BF16' ? packBrain(values) : type === 'I8' ? packBytes(values, columns) : halves(values.length / 2)
      return [name, packed(words, { type, shape: x.shape })]
    }),
  )

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
    stored: fc.constantFrom('F32', 'BF16', 'F16', 'I8'),
    adapted: fc.boolean(),
    memories: fc.constantFrom('one', 'several'),
    /** Steps that rows go on for at most, but for one. */
    longest: fc.integer({ min: 1, max: 40 }),
    seed: fc.nat({ max: 1000 }),
  })

  describe.skipIf(!here)('beside tensors', () => {
    test.prop([shapes], { numRuns })(
      'gives what tensors give for the same tokens: prompts of unequal length, blocks with rows of several prompts, shared heads, both kinds of head, weights of every storage, adapters, one memory or several, rows that end',
      async ({
        lengths,
        perPrompt,
        maxTokens,
        temperature,
        vocabSize,
        heads: [heads, kvHeads],
        tied,
        seed,
        ...how
      }) => {
        const config = { ...tinyConfig, text: { ...tinyConfig.text, heads, kvHeads, tied, vocabSize } }
        const plain = initialise(config, seed)
        const weights = how.stored === 'F32' ? plain : packedAs(how.stored, plain)
        const adapter = right(initAdapter(config, patterned, 7))
        const lively: Adapter = {
          ...adapter,
          matrices: new Map([...adapter.matrices].map(([name, x]) => [name, tf.tidy(() => tf.add(x, 0.05))])),
        }
        const scales = scaleTensors(lively)
        const parameters = how.adapted ? adapted(weights, lively, scales) : weights
        const model = { config, parameters, constants: modelConstants(config) }
        const prompts = [promptOf([noise(seed)]), ...lengths.map(text)]
        const options = { perPrompt, maxTokens, temperature, layout: 'qwen' } as const
        const shape = {
          prompts: prompts.length,
          perPrompt,
          promptLength: 24,
          maxTokens,
          threads: Math.min(8, availableParallelism()),
        }
        const laid = (limit: number) => layoutOf(config, shape, kernelWeightsOf(parameters, config), limit)
        const whole = laid(mostBytes)?.bytes ?? 0
        const least = [0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1].find(part => laid(part * whole) !== undefined) ?? 1
        const memoryBytes = how.memories === 'one' ? mostBytes : least * whole
        const kernel = startDecoding(model, prompts, { ...options, steps: arithmetic, memoryBytes })
        const tensors = startDecoding(model, prompts, { ...options, steps: 'tensors' })
        const rows = prompts.length * perPrompt
        const steps = words(seed, rows).map((word, row) =>
          row === seed % rows ? maxTokens : (word * 31) % how.longest,
        )
        for (let t = 1; t < maxTokens; t++) {
          const tokens = words(seed + t, rows).map((word, row) => (t <= steps[row]! ? word : -1))
          const [ours, theirs] = [await kernel.next(tokens), await tensors.next(tokens)]
          for (let row = 0; row < rows; row++) {
            if (tokens[row]! < 0) continue
            const [a, b] = [ours(row), theirs(row)]
            expect(apart(a.logits, b.logits)).toBeLessThan(1e-5)
            expect(apart(a.weights, b.weights)).toBeLessThan(1e-5)
            expect(apart([a.largest, a.sum], [b.largest, b.sum])).toBeLessThan(1e-5)
          }
        }
        kernel.dispose()
        tensors.dispose()
        for (const some of [plain, weights, adapter.matrices, lively.matrices]) disposeParameters(some)
        disposeParameters(scales)
        disposeConstants(model.constants)
      },
      120_000,
    )
  })
})

describe('the kernel', () => {
  plainTest(
    'lays out 0.5 B in one memory, 3 B in as many as it takes, and says when a layer has no room in one',
    () => {
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
      const parts = (config: Qwen25VLConfig, stored: 'F32' | 'BF16' | 'I8', limit = mostBytes) =>
        layoutOf(config, shape, { stored, ranks: [] }, limit)?.parts.map(({ layers, at }) => [
          layers.length,
          at.head > 0,
        ])
      expect(parts(sized(896, 4864, 24), 'F32')).toEqual([[24, true]])
      expect(parts(sized(2048, 11_008, 36), 'F32')).toEqual([
        [14, false],
        [14, false],
        [8, true],
      ])
      expect(parts(sized(2048, 11_008, 36), 'BF16')).toEqual([
        [28, false],
        [8, true],
      ])
      expect(parts(sized(2048, 11_008, 36), 'I8')).toEqual([[36, true]])
      expect(parts(sized(2048, 11_008, 36), 'F32', 2 ** 28)).toBeUndefined()
    },
  )

  plainTest(
    'is compiled from the source that stands beside it',
    async () => {
      await promisify(execFile)(process.execPath, ['.ci/compile-kernel.js', '--check'])
    },
    60_000,
  )
})
