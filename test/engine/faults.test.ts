import * as tf from '@tensorflow/tfjs-core'
import { either as E } from 'fp-ts'
import type { Objective } from 'kinograd/advantage'
import type { Engine, Prompt, Sampling, TrainGroup } from 'kinograd/engine'
import { adamw, chain, clipByGlobalNorm, initialise } from 'kinograd/engine/tfjs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { backends, use } from './backends.ts'
import { right } from './golden.ts'
import { tinyConfig } from './tiny-config.ts'
import { fingerprint, noise, promptOf, sampling, tinyEngine, weighted, words } from './tiny-engine.ts'

const good = promptOf([noise(1)])
/** A hundred in the long suite. */
const updates = Math.min(100, Math.max(20, Number(process.env.KINOGRAD_FUZZ_RUNS ?? 20) / 10))
const group = (prompt: Prompt, completion = words(1, 4)): readonly TrainGroup[] => [
  { prompt, completions: [completion] },
]
const left = (tag: string, cause = '') => E.left({ _tag: tag, cause: expect.stringContaining(cause) })
const aborted = AbortSignal.abort()

const nan: Objective = logprobs => ({ ...weighted()(logprobs), loss: Number.NaN })
const nanSlope: Objective = logprobs => {
  const { gradient, ...rest } = weighted()(logprobs)
  return { ...rest, gradient: gradient.map(part => part.map((x, i) => (i === 1 ? Number.NaN : x))) }
}

const prompts: readonly (readonly [string, Prompt, string])[] = [
  ['a medium without its tokens', { ids: promptOf([]).ids, media: [noise(1)] }, 'makes 8 tokens, the prompt has 0'],
  ['tokens without their medium', { ids: good.ids, media: [] }, '8 media tokens more than its 0 media'],
  ['an image where a clip stands', { ids: good.ids, media: [noise(1, [2, 4, 4], 'image')] }, 'makes 8 tokens'],
  ['a token beyond the vocabulary', promptOf([], [64]), 'token 64, the vocabulary has 64'],
  ['a negative token', promptOf([], [-1]), 'token -1'],
  ['no token at all', { ids: new Int32Array(), media: [] }, 'prompt 0'],
  ['fewer patches than its grid', { ids: good.ids, media: [{ ...noise(1), values: new Float32Array(100) }] }, '100'],
]

describe.each(backends)('bad input on %s', backend => {
  let engine: Engine
  beforeAll(async () => {
    await use(backend)
    engine = tinyEngine({
      maxTokens: 40,
      optimiser: chain(clipByGlobalNorm(1), adamw({ beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0 })),
    })
  }, 180_000)
  afterAll(() => engine.dispose())

  test.each(prompts)('a prompt with %s: BadPrompt', async (_, prompt, cause) => {
    const before = tf.memory().numTensors
    const bad = left('BadPrompt', cause)
    expect(await engine.sample([prompt], sampling())()).toMatchObject(bad)
    expect(await engine.logprobs(group(prompt))()).toMatchObject(bad)
    expect(await engine.forwardBackward(group(prompt), weighted())()).toMatchObject(bad)
    expect(tf.memory().numTensors).toBe(before)
  })

  test.each([
    ['beyond the vocabulary', [5, 70]],
    ['negative', [5, -3]],
  ])('a completion with a token %s: BadPrompt', async (_, ids) => {
    const bad = left('BadPrompt', String(ids[1]))
    expect(await engine.logprobs(group(good, Int32Array.from(ids)))()).toMatchObject(bad)
    expect(await engine.forwardBackward(group(good, Int32Array.from(ids)), weighted())()).toMatchObject(bad)
  })

  test('too long, with both numbers', async () => {
    const length = good.ids.length
    const long = left('TooLong', `${length + 30} tokens, the limit is 40`)
    expect(await engine.sample([good], sampling({ maxTokens: 30 }))()).toMatchObject(long)
    expect(await engine.logprobs(group(good, words(1, 30)))()).toMatchObject(long)
    expect(E.isRight(await engine.logprobs(group(good, words(1, 40 - length)))())).toBe(true)
  })

  test.each([
    ['loss', nan],
    ['gradient', nanSlope],
  ])('a %s that is not finite: NotFinite; weights and what was accumulated stay as they were', async (_, objective) => {
    const [one, two] = [tinyEngine(), tinyEngine()]
    right(await one.forwardBackward(group(good), weighted())())
    right(await two.forwardBackward(group(good), weighted())())
    const before = tf.memory().numTensors
    expect(await one.forwardBackward(group(good), objective)()).toMatchObject(left('NotFinite'))
    expect(tf.memory().numTensors).toBe(before)
    right(await one.optimStep(0.1)())
    right(await two.optimStep(0.1)())
    expect(await fingerprint(one)).toEqual(await fingerprint(two))
    expect((await fingerprint(one)).every(Number.isFinite)).toBe(true)
    one.dispose()
    two.dispose()
  })

  test('a step without a gradient moves nothing', async () => {
    const before = await fingerprint(engine)
    expect(await engine.optimStep(1)()).toEqual(E.right({ gradientNorm: 0 }))
    expect(await fingerprint(engine)).toEqual(before)
  })

  test('an aborted signal: Cancelled, at once and on the way; no tensor stays', async () => {
    const before = tf.memory().numTensors
    expect(await engine.sample([good], sampling(), aborted)()).toMatchObject(left('Cancelled'))
    expect(await engine.logprobs(group(good), aborted)()).toMatchObject(left('Cancelled'))
    expect(await engine.forwardBackward(group(good), weighted(), aborted)()).toMatchObject(left('Cancelled'))
    const controller = new AbortController()
    const sampled = engine.sample([good], sampling({ maxTokens: 25 }), controller.signal)()
    setImmediate(() => setImmediate(() => controller.abort()))
    expect(await sampled).toMatchObject(left('Cancelled'))
    expect(tf.memory().numTensors).toBe(before)
  })

  test('an objective that throws is a Left, and no tensor stays', async () => {
    const before = tf.memory().numTensors
    const failing: Objective = () => {
      throw new RangeError('shapes')
    }
    expect(await engine.forwardBackward(group(good), failing)()).toMatchObject(left('Thrown', 'RangeError: shapes'))
    expect(tf.memory().numTensors).toBe(before)
    right(await engine.forwardBackward(group(good), weighted())())
    right(await engine.optimStep(0)())
  })

  test('nothing to do is no failure', async () => {
    expect(await engine.sample([], sampling())()).toEqual(E.right([]))
    expect(await engine.sample([good], sampling({ count: 0 }))()).toEqual(E.right([[]]))
    const none = { ids: new Int32Array(), logprobs: new Float32Array(), samplingLogprobs: new Float32Array() }
    expect(await engine.sample([good], sampling({ count: 2, maxTokens: 0 }))()).toEqual(
      E.right([[1, 2].map(() => ({ ...none, stop: 'length' }))]),
    )
    expect(await engine.logprobs([])()).toEqual(E.right([]))
    expect(await engine.logprobs(group(good, new Int32Array()))()).toEqual(E.right([new Float64Array()]))
  })

  test('a batch without a completion token has no gradient: BadPrompt', async () => {
    const bad = left('BadPrompt', '0 completion tokens')
    expect(await engine.forwardBackward([], weighted())()).toMatchObject(bad)
    expect(await engine.forwardBackward(group(good, new Int32Array()), weighted())()).toMatchObject(bad)
  })

  test.each<[string, Partial<Sampling>, string]>([
    ['a negative count', { count: -1 }, 'count is -1'],
    ['half a token', { maxTokens: 0.5 }, 'maxTokens is 0.5'],
    ['no temperature', { temperature: Number.NaN }, 'temperature is NaN'],
    ['a negative temperature', { temperature: -1 }, 'temperature is -1'],
    ['top-k below 0', { topK: -2 }, 'topK is -2'],
    ['top-p above 1', { topP: 1.5 }, 'topP is 1.5'],
    ['top-p of 0', { topP: 0 }, 'topP is 0'],
    ['min-p above 1', { minP: 2 }, 'minP is 2'],
    ['a penalty of 0', { repetitionPenalty: 0 }, 'repetitionPenalty is 0'],
    ['a stop token beyond the vocabulary', { stop: [1, 64] }, 'stop holds token 64, the vocabulary has 64'],
  ])('sampling with %s: BadSampling', async (_, given, cause) => {
    expect(await engine.sample([good], sampling(given))()).toMatchObject(left('BadSampling', cause))
  })

  test('the limit is max_position_embeddings of the config when no other is given', async () => {
    const it = tinyEngine()
    const limit = tinyConfig.text.maxPositions
    expect(it.capabilities.maxTokens).toBe(limit)
    expect(await it.sample([good], sampling({ maxTokens: limit }))()).toMatchObject(
      left('TooLong', `limit is ${limit}`),
    )
    it.dispose()
  })

  test('weights that are not finite give no token, no log-probability and no gradient: NotFinite', async () => {
    const parameters = new Map(initialise(tinyConfig, 1))
    const norm = parameters.get('model.norm.weight') as tf.Tensor
    parameters.set('model.norm.weight', tf.fill(norm.shape, Number.NaN))
    norm.dispose()
    const it = tinyEngine({ parameters })
    const before = tf.memory().numTensors
    expect(await it.sample([good], sampling())()).toMatchObject(
      left('NotFinite', 'token 0 of completion 0 of prompt 0'),
    )
    expect(await it.logprobs(group(good))()).toMatchObject(left('NotFinite', 'token 0 of sequence 0'))
    expect(await it.forwardBackward(group(good), weighted())()).toMatchObject(left('NotFinite'))
    expect(tf.memory().numTensors).toBe(before)
    it.dispose()
  })

  const stubborn = adamw({ beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1 })
  const scaled =
    (scale: number): Objective =>
    logprobs => {
      const { gradient, ...rest } = weighted()(logprobs)
      return { ...rest, gradient: gradient.map(part => part.map(x => x * scale)) }
    }
  test.each<[string, number, (norm: number) => readonly Objective[]]>([
    ['a learning rate that is none', Number.NaN, () => [weighted()]],
    ['an infinite learning rate', Number.POSITIVE_INFINITY, () => [weighted()]],
    ['gradients that overflow only in their sum', 1e-3, norm => [1, 2].map(() => scaled(1.2e19 / norm))],
  ])(
    '%s: NotFinite; the step is skipped, weights and optimiser go on as if it had not been',
    async (_, rate, objectives) => {
      const [one, two] = [tinyEngine({ optimiser: stubborn }), tinyEngine({ optimiser: stubborn })]
      const step = async (it: Engine): Promise<number> => {
        right(await it.forwardBackward(group(good), weighted())())
        return right(await it.optimStep(1e-2)()).gradientNorm
      }
      await step(one)
      await step(two)
      const norm = await step(two)
      const before = tf.memory().numTensors
      for (const objective of objectives(norm)) right(await one.forwardBackward(group(good), objective)())
      expect(await one.optimStep(rate)()).toMatchObject(left('NotFinite', `learning rate ${rate}`))
      expect(tf.memory().numTensors).toBe(before)
      expect(await one.optimStep(rate)()).toEqual(E.right({ gradientNorm: 0 }))
      await step(one)
      expect(await fingerprint(one)).toEqual(await fingerprint(two))
      one.dispose()
      two.dispose()
    },
  )

  test(`${updates} updates with their rollouts, and failures between them, leave the number of tensors as it was`, async () => {
    const update = async (i: number): Promise<void> => {
      const prompts = [good, promptOf([noise(i), noise(i + 1, [1, 4, 4], 'image')])]
      const groups = right(await engine.sample(prompts, sampling({ seed: i, maxTokens: 3 + (i % 4) }))())
      const train = prompts.map((prompt, n) => ({ prompt, completions: (groups[n] ?? []).map(c => c.ids) }))
      right(await engine.logprobs(train)())
      for (const one of train) right(await engine.forwardBackward([one], weighted(i))())
      const failures = [
        ['BadPrompt', engine.forwardBackward(group({ ids: good.ids, media: [] }), weighted())],
        ['BadSampling', engine.sample(prompts, sampling({ topP: 2 }))],
        ['TooLong', engine.sample(prompts, sampling({ maxTokens: 41 }))],
        ['NotFinite', engine.forwardBackward(group(good), i % 2 === 0 ? nan : nanSlope)],
        ['Cancelled', engine.forwardBackward(group(good), weighted(), aborted)],
        ['BadCheckpoint', engine.load('nowhere')],
      ] as const
      for (const [tag, failing] of failures) expect(await failing()).toMatchObject(left(tag))
      if (i % 5 === 1) expect(await engine.optimStep(Number.NaN)()).toMatchObject(left('NotFinite'))
      else right(await engine.optimStep(1e-3)())
    }
    await update(0)
    const { numTensors, numDataBuffers } = tf.memory()
    for (let i = 1; i <= updates; i++) await update(i)
    expect(tf.memory()).toMatchObject({ numTensors, numDataBuffers })
  }, 600_000)

  test('everything is freed in the end', async () => {
    const before = tf.memory().numTensors
    const it = tinyEngine()
    right(await it.forwardBackward(group(good), weighted())())
    it.dispose()
    expect(tf.memory().numTensors).toBe(before)
  })

  test('frozen parameters stay; the others move', async () => {
    const parameters = initialise(tinyConfig, 1)
    const [embedding, tower] = ['model.embed_tokens.weight', 'visual.merger.mlp.0.weight'].map(n =>
      parameters.get(n)?.clone(),
    )
    const it = tinyEngine({ parameters, trains: name => !name.startsWith('visual.') })
    right(await it.forwardBackward(group(good), weighted())())
    const { gradientNorm } = right(await it.optimStep(0.1)())
    expect(gradientNorm).toBeGreaterThan(0)
    const frozen = parameters.get('visual.merger.mlp.0.weight') as tf.Tensor
    expect([...frozen.dataSync()]).toEqual([...(tower as tf.Tensor).dataSync()])
    expect(parameters.get('model.embed_tokens.weight')?.isDisposed).toBe(true)
    tf.dispose([embedding as tf.Tensor, tower as tf.Tensor])
    it.dispose()
  })
})

describe('initialise', () => {
  beforeAll(() => use('wasm'), 60_000)
  test('gives the same weights for the same seed, others for another', () => {
    const values = (seed: number) => {
      const made = initialise(tinyConfig, seed)
      const all = [...made].map(([name, tensor]) => [name, [...tensor.dataSync()]] as const)
      for (const tensor of made.values()) tensor.dispose()
      return all
    }
    expect(values(1)).toEqual(values(1))
    expect(values(1)).not.toEqual(values(2))
  })
})
