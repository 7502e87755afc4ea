import * as tf from '@tensorflow/tfjs-core'
import { either as E } from 'fp-ts'
import { type FrozenPart, initialise, type TfjsEngineOptions } from 'kinograd/engine/tfjs'
import { beforeAll, describe, expect, test } from 'vitest'
import { backends, use } from './backends.ts'
import { right } from './golden.ts'
import { livelyAdapter } from './tiny-adapter.ts'
import { tinyConfig } from './tiny-config.ts'
import { apart, gradientEngine, noise, promptOf, tinyEngine, weighted, words } from './tiny-engine.ts'

const groups = [{ prompt: promptOf([noise(1)]), completions: [words(1, 6), words(2, 4)] }]

/** Matrix products of one pass forward and backward. */
const products = async (options: Partial<TfjsEngineOptions>): Promise<number> => {
  const engine = tinyEngine(options)
  const { kernels } = await tf.profile(async () => {
    right(await engine.forwardBackward(groups, weighted())())
    return tf.scalar(0)
  })
  engine.dispose()
  return kernels.filter(({ name }) => name === tf.BatchMatMul).length
}

// Products of each part on the way forward. A layer: 5 of weights, and 2 of attention in the tower, 6 in the decoder, where
// prompts and completions have their own. The way back has one product for each factor that leads to something trained.
const tower = 1 + 2 * (5 + 2) + 2
const layer = 5 + 6
const head = 1

describe.each(backends)('frozen parts on %s', { timeout: 60_000 }, backend => {
  beforeAll(() => use(backend), 60_000)

  test('all trained: every product twice on the way back, but for the pixels', async () => {
    expect(await products({})).toBe(3 * (tower + 2 * layer + head) - 1)
  })

  test('a frozen tower has no way back', async () => {
    expect(await products({ frozen: ['vision'] })).toBe(tower + 3 * (2 * layer + head))
  })

  test('frozen embeddings: the first layer has nothing to hand on, the tied head no gradient', async () => {
    expect(await products({ frozen: ['vision', 'embeddings'] })).toBe(tower + 3 * 2 * layer - 1 + 2 * head)
  })

  test('an adapter of q_proj: two small products beside, no gradient of a frozen weight', async () => {
    const adapter = livelyAdapter({ targets: ['q_proj'] })
    // Way back of a layer: 5 by rows, attention by both factors, the adapter's two products by both; the first has no rows before it.
    const back = 5 + 2 * 6 + 4
    expect(await products({ adapter })).toBe(tower + 2 * (layer + 2) + head + head + 2 * back - 2)
  })

  test.each<readonly [readonly FrozenPart[], string]>([
    [['vision'], 'visual.'],
    [['embeddings'], 'model.embed_tokens.'],
    [['vision', 'embeddings'], '(visual|model.embed_tokens).'],
  ])('%j: the same gradient of what is trained, and nothing of the rest', async (frozen, prefix) => {
    const [whole, part] = [gradientEngine(), gradientEngine({ frozen })]
    const [all, some] = [await whole.gradient(groups, weighted()), await part.gradient(groups, weighted())]
    let at = 0
    const expected: number[] = []
    for (const [name, x] of initialise(tinyConfig, 3)) {
      if (!new RegExp(`^${prefix}`).test(name)) expected.push(...all.subarray(at, at + x.size))
      at += x.size
      x.dispose()
    }
    expect(some).toHaveLength(expected.length)
    expect(apart(some, expected)).toBeLessThan(1e-5)
    for (const { engine } of [whole, part]) engine.dispose()
  })

  test.each<readonly [string, () => Partial<TfjsEngineOptions>]>([
    ['of weights', () => ({ trains: () => false })],
    ['of an adapter', () => ({ adapter: livelyAdapter({ targets: ['qkv'] }), frozen: ['vision'] })],
  ])('nothing left to train, %s: NothingTrained, and the engine goes on', async (_, options) => {
    const engine = tinyEngine(options())
    const { numTensors } = tf.memory()
    expect(await engine.forwardBackward(groups, weighted())()).toMatchObject(E.left({ _tag: 'NothingTrained' }))
    expect(right(await engine.optimStep(1)())).toEqual({ gradientNorm: 0 })
    expect(tf.memory().numTensors).toBe(numTensors)
    expect(right(await engine.logprobs(groups)())).toHaveLength(2)
    engine.dispose()
  })

  test('of an adapter, too', async () => {
    const adapter = livelyAdapter()
    const own = [...adapter.matrices].filter(([name]) => name.startsWith('model.')).reduce((n, [, x]) => n + x.size, 0)
    const it = gradientEngine({ adapter, frozen: ['vision'] })
    expect(await it.gradient(groups, weighted())).toHaveLength(own)
    it.engine.dispose()
  })
})
