import * as tf from '@tensorflow/tfjs-core'
import { adamw, chain, clipByGlobalNorm, constant, cosine, type Optimiser } from 'kinograd/engine/tfjs'
import { beforeAll, describe, expect, test } from 'vitest'
import { uniformStream } from '../../src/engine/tfjs/tensors/random.ts'
import { backends, use } from './backends.ts'
import { apart } from './tiny-engine.ts'

const size = 40
const gradientAt = (step: number): Float64Array => {
  const next = uniformStream(step, 5)
  return Float64Array.from({ length: size }, (_, i) => Math.fround((next() - 0.5) * 10 ** ((i % 5) + (step % 3) - 3)))
}
const settings = { beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weightDecay: 0.1 }
const rate = (step: number) => 0.01 / (1 + step)

/** torch.optim.AdamW, written out in float64; `limit` clips as clip_grad_norm_ does. */
const reference = (steps: number, limit = Number.POSITIVE_INFINITY): Float64Array => {
  const p = gradientAt(1000)
  const [m, v] = [new Float64Array(size), new Float64Array(size)]
  for (let step = 0; step < steps; step++) {
    const raw = gradientAt(step)
    const norm = Math.sqrt(raw.reduce((n, x) => n + x * x, 0))
    const scale = Number.isFinite(limit) ? Math.min(1, limit / (norm + 1e-6)) : 1
    for (let i = 0; i < size; i++) {
      const g = (raw[i] as number) * scale
      p[i] = (p[i] as number) * (1 - rate(step) * settings.weightDecay)
      m[i] = settings.beta1 * (m[i] as number) + (1 - settings.beta1) * g
      v[i] = settings.beta2 * (v[i] as number) + (1 - settings.beta2) * g * g
      const mean = (m[i] as number) / (1 - settings.beta1 ** (step + 1))
      const square = (v[i] as number) / (1 - settings.beta2 ** (step + 1))
      p[i] = (p[i] as number) - (rate(step) * mean) / (Math.sqrt(square) + settings.epsilon)
    }
  }
  return p
}

const trained = (optimiser: Optimiser, steps: number): Float32Array =>
  tf.tidy(() => {
    let parameters: tf.Tensor1D = tf.tensor1d([...gradientAt(1000)])
    let state = optimiser.init(size)
    for (let step = 0; step < steps; step++) {
      const next = optimiser.update(tf.tensor1d([...gradientAt(step)]), state, parameters, rate(step))
      parameters = tf.add(parameters, next.update)
      state = next.state
    }
    return parameters.dataSync() as unknown as tf.TensorContainer
  }) as unknown as Float32Array

describe.each(backends)('optimisers on %s', backend => {
  beforeAll(() => use(backend), 60_000)

  test('AdamW over 20 steps = float64', () => {
    expect(apart(trained(adamw(settings), 20), reference(20))).toBeLessThan(1e-5)
  })

  test('clipping, then AdamW, over 20 steps = float64', () => {
    const clipped = trained(chain(clipByGlobalNorm(0.5), adamw(settings)), 20)
    expect(apart(clipped, reference(20, 0.5))).toBeLessThan(1e-5)
    expect(apart(clipped, reference(20))).toBeGreaterThan(1e-4)
  })

  test('AdamW of a vector too long for one piece = AdamW of its parts', () => {
    const long = 2 ** 20 + 40
    const of = (from: number, count: number): readonly Float32Array[] =>
      tf.tidy(() => {
        const numbers = (seed: number) =>
          tf.tensor1d(Float32Array.from({ length: count }, (_, i) => Math.sin((from + i) * seed)))
        const optimiser = adamw(settings)
        const state = { step: 3, slots: { mean: numbers(2), square: tf.abs(numbers(3)) as tf.Tensor1D } }
        const { update, state: next } = optimiser.update(numbers(5), state, numbers(7), 0.1)
        return [update, next.slots.mean, next.slots.square].map(x => x?.dataSync()) as unknown as tf.TensorContainer
      }) as unknown as readonly Float32Array[]
    const whole = of(0, long)
    for (const from of [0, 2 ** 20 - 20, long - 40])
      for (const [i, part] of of(from, 40).entries())
        expect(apart(whole[i]?.subarray(from, from + 40) ?? [], part)).toBeLessThan(1e-6)
  })

  test.each([
    [[3, 4], 1, [0.6, 0.8]],
    [[3, 4], 5, [3, 4]],
    [[0.3, 0.4], 1, [0.3, 0.4]],
    [[0, 0], 1, [0, 0]],
  ])('%j clipped to norm %d is %j', (gradient, limit, expected) => {
    const clip = clipByGlobalNorm(limit)
    const { update } = clip.update(tf.tensor1d(gradient), clip.init(2), tf.zeros([2]), 1)
    for (const [i, x] of update.dataSync().entries()) expect(x).toBeCloseTo(expected[i] as number, 5)
  })
})

describe('schedules', () => {
  test('cosine warms up, then falls to its floor and stays', () => {
    const at = cosine(1, { steps: 110, warmup: 10, floor: 0.1 })
    expect([0, 4, 9].map(at)).toEqual([0.1, 0.5, 1])
    expect(at(10)).toBeCloseTo(1)
    expect(at(60)).toBeCloseTo(0.55)
    expect([110, 500].map(at)).toEqual([0.1, 0.1])
    for (let step = 10; step < 110; step++) expect(at(step + 1)).toBeLessThan(at(step))
  })
  test('constant, with and without warm-up', () => {
    expect([0, 1, 4, 9].map(constant(2, { warmup: 4 }))).toEqual([0.5, 1, 2, 2])
    expect(constant(3)(0)).toBe(3)
  })
})
