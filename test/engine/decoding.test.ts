import * as tf from '@tensorflow/tfjs-core'
import { initialise } from 'kinograd/engine/tfjs'
import { beforeAll, describe, expect, test } from 'vitest'
import { disposeConstants, modelConstants } from '../../src/engine/tfjs/forward.ts'
import { adapted, adapterScale, disposeAdapter } from '../../src/engine/tfjs/lora/adapter.ts'
import { disposeParameters } from '../../src/engine/tfjs/parameters.ts'
import { startDecoding } from '../../src/engine/tfjs/sampler.ts'
import { backends, use } from './backends.ts'
import { everything, livelyAdapter } from './tiny-adapter.ts'
import { tinyConfig } from './tiny-config.ts'
import { apart, noise, promptOf } from './tiny-engine.ts'

describe.each(backends)('decoding, on %s', backend => {
  beforeAll(() => use(backend), 60_000)

  test.each([
    ['the model', false],
    ['a model with an adapter', true],
  ])('beside the weights = with copies of them: %s', (_, withAdapter) => {
    const before = tf.memory().numTensors
    const parameters = initialise(tinyConfig, 3)
    const adapter = livelyAdapter({ targets: everything })
    const scale = tf.scalar(adapterScale(adapter))
    const model = {
      config: tinyConfig,
      parameters: withAdapter ? adapted(parameters, adapter, scale) : parameters,
      constants: modelConstants(tinyConfig),
    }
    const logits = (copies: number): readonly number[] => {
      const decoding = startDecoding(model, [promptOf([noise(1)]), promptOf([])], 2, 'qwen', copies)
      const all = [...decoding.logits.dataSync()]
      for (let t = 0; t < 20; t++) {
        const next = decoding.next(Int32Array.from([3, 4, 5, 6 + t]))
        all.push(...next.dataSync())
        next.dispose()
      }
      decoding.dispose()
      return all
    }
    expect(apart(logits(0), logits(Number.POSITIVE_INFINITY))).toBeLessThan(1e-5)
    disposeParameters(parameters)
    disposeAdapter(adapter)
    disposeConstants(model.constants)
    scale.dispose()
    expect(tf.memory().numTensors).toBe(before)
  })
})
