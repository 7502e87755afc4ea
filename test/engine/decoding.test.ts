import * as tf from '@tensorflow/tfjs-core'
import { initialise } from 'kinograd/engine/tfjs'
import { beforeAll, describe, expect, test } from 'vitest'
import { adapted, disposeAdapter, scaleTensors } from '../../src/engine/tfjs/lora/adapter.ts'
import { disposeConstants, modelConstants } from '../../src/engine/tfjs/model/forward.ts'
import { disposeParameters } from '../../src/engine/tfjs/model/parameters.ts'
import { startDecoding } from '../../src/engine/tfjs/sample/decode/start.ts'
import { backends, use } from './backends.ts'
import { everything, livelyAdapter } from './tiny-adapter.ts'
import { tinyConfig } from './tiny-config.ts'
import { apart, noise, promptOf } from './tiny-engine.ts'

describe.each(backends)('decoding, on %s', backend => {
  beforeAll(() => use(backend), 60_000)

  test.each([
    ['the model', false],
    ['a model with an adapter', true],
  ])('beside the weights = with copies of them, in tensors and in the kernel: %s', async (_, withAdapter) => {
    const before = tf.memory().numTensors
    const parameters = initialise(tinyConfig, 3)
    const adapter = livelyAdapter({ targets: everything })
    const scale = scaleTensors(adapter)
    const model = {
      config: tinyConfig,
      parameters: withAdapter ? adapted(parameters, adapter, scale) : parameters,
      constants: modelConstants(tinyConfig),
    }
    const logits = async (copies: number, steps: 'plain' | 'tensors'): Promise<readonly number[]> => {
      const options = { perPrompt: 2, maxTokens: 21, temperature: 1, layout: 'qwen', copies, steps } as const
      const decoding = startDecoding(model, [promptOf([noise(1)]), promptOf([])], options)
      const all = [...decoding.first(0).logits, ...decoding.first(3).logits]
      for (let t = 0; t < 20; t++) {
        const next = await decoding.next(Int32Array.from([3, 4, 5, 6 + t]))
        for (let row = 0; row < 4; row++) all.push(...next(row).logits)
      }
      decoding.dispose()
      return all
    }
    const copied = await logits(Number.POSITIVE_INFINITY, 'tensors')
    expect(apart(await logits(0, 'tensors'), copied)).toBeLessThan(1e-5)
    expect(apart(await logits(0, 'plain'), copied)).toBeLessThan(1e-5)
    expect(apart(await logits(Number.POSITIVE_INFINITY, 'plain'), copied)).toBeLessThan(1e-5)
    disposeParameters(parameters)
    disposeAdapter(adapter)
    disposeConstants(model.constants)
    tf.dispose([...scale.values()])
    expect(tf.memory().numTensors).toBe(before)
  })
})
