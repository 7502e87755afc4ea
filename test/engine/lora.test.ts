import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { either as E } from 'fp-ts'
import type { Engine, TrainGroup } from 'kinograd/engine'
import {
  type Adapter,
  adamw,
  chain,
  clipByGlobalNorm,
  initAdapter,
  initialise,
  mergeAdapter,
  type Parameters,
  readAdapter,
  readSafetensors,
} from 'kinograd/engine/tfjs'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { backends, use } from './backends.ts'
import { right } from './golden.ts'
import { everything, livelyAdapter, shapeOf } from './tiny-adapter.ts'
import { tinyConfig } from './tiny-config.ts'
import {
  apart,
  fingerprint,
  gradientEngine,
  noise,
  promptOf,
  sampling,
  tinyEngine,
  weighted,
  words,
} from './tiny-engine.ts'

const optimiser = chain(clipByGlobalNorm(1), adamw({ beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.01 }))
const groupsOf = (seed: number): readonly TrainGroup[] => [
  { prompt: promptOf([noise(seed)]), completions: [words(seed, 6), words(seed + 1, 4)] },
]
const train = async (engine: Engine, seed: number): Promise<void> => {
  right(await engine.forwardBackward(groupsOf(seed), weighted(seed))())
  right(await engine.optimStep(1e-2)())
}
const off = async (engine: Engine): Promise<readonly number[]> => {
  const groups = [{ prompt: promptOf([noise(1)]), completions: [words(5, 9)] }]
  const [logprobs] = right(await engine.logprobs(groups, undefined, { adapter: 'off' })())
  return [...(logprobs ?? [])]
}

/** A flat gradient by the names of what was trained, in their order. */
const byName = (trained: Parameters, flat: Float32Array): ReadonlyMap<string, Float32Array> => {
  let at = 0
  return new Map(
    [...trained].map(([name, { size }]) => {
      at += size
      return [name, flat.subarray(at - size, at)]
    }),
  )
}

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kinograd-lora-'))
})
afterEach(() => rm(folder, { recursive: true }))

describe.each(backends)('low-rank adapters on %s', { timeout: 180_000 }, backend => {
  beforeAll(() => use(backend), 60_000)

  test('a fresh adapter changes nothing', async () => {
    const base = tinyEngine()
    const adapter = right(initAdapter(tinyConfig, shapeOf({ targets: everything }), 1))
    const engine = tinyEngine({ adapter })
    expect(await fingerprint(engine)).toEqual(await fingerprint(base))
    base.dispose()
    engine.dispose()
  })

  test('off is the base, while it trains and after; the base stays as it is', async () => {
    const base = tinyEngine()
    const expected = await fingerprint(base)
    const engine = tinyEngine({ adapter: livelyAdapter({ targets: everything }), optimiser })
    for (const seed of [1, 2]) {
      const before = await fingerprint(engine)
      await train(engine, seed)
      expect(apart(await fingerprint(engine), before)).toBeGreaterThan(1e-3)
      expect(await off(engine)).toEqual(expected)
    }
    base.dispose()
    engine.dispose()
  })

  test('the gradient is the slope of the loss', async () => {
    const it = gradientEngine({ adapter: livelyAdapter() })
    const gradient = await it.gradient(groupsOf(1), weighted())
    const slope = gradient.reduce((sum, g) => sum + g * g, 0)
    const lossAfter = async (rate: number): Promise<number> => {
      const engine = tinyEngine({ adapter: livelyAdapter() })
      right(await engine.forwardBackward(groupsOf(1), weighted())())
      right(await engine.optimStep(rate)())
      const { loss } = right(await engine.forwardBackward(groupsOf(1), weighted())())
      engine.dispose()
      return loss
    }
    const h = 0.01 / Math.sqrt(slope)
    const measured = ((await lossAfter(-h)) - (await lossAfter(h))) / (2 * h)
    expect(Math.abs(measured / slope - 1)).toBeLessThan(5e-3)
    it.engine.dispose()
  })

  test.each([[['q_proj']], [['v_proj']], [['q_proj', 'v_proj']], [['k_proj', 'down_proj']]])(
    'an adapter of %j alone: the part of the gradient that it has in the whole',
    async targets => {
      const silent = (adapter: Adapter): Adapter => {
        const matrices = [...adapter.matrices].map(([name, x]) => {
          const size = targets.some(t => name.includes(t)) ? 0.1 : 0
          return [name, name.includes('lora_B') ? tf.fill(x.shape, size) : tf.fill(x.shape, 0.2)] as const
        })
        tf.dispose([...adapter.matrices.values()])
        return { ...adapter, matrices: new Map(matrices) }
      }
      const [part, whole] = [silent(livelyAdapter({ targets })), silent(livelyAdapter())]
      const engines = [gradientEngine({ adapter: part }), gradientEngine({ adapter: whole })] as const
      const ofPart = byName(part.matrices, await engines[0].gradient(groupsOf(1), weighted()))
      const ofWhole = byName(whole.matrices, await engines[1].gradient(groupsOf(1), weighted()))
      for (const [name, got] of ofPart) expect(apart(got, ofWhole.get(name) ?? []), name).toBeLessThan(1e-5)
      for (const { engine } of engines) engine.dispose()
    },
  )

  test('of every module, the gradients are those of the merged weight: dB = scale · dW·Aᵀ, dA = scale · Bᵀ·dW', async () => {
    const [weights, adapter] = [initialise(tinyConfig, 3), livelyAdapter({ targets: everything })]
    const parameters = mergeAdapter(weights, adapter)
    const { matrices: values } = livelyAdapter({ targets: everything })
    for (const [name, weight] of weights) if (parameters.get(name) !== weight) weight.dispose()
    const [whole, low] = [gradientEngine({ parameters }), gradientEngine({ adapter })]
    const ofWeights = byName(parameters, await whole.gradient(groupsOf(1), weighted()))
    const ofMatrices = byName(adapter.matrices, await low.gradient(groupsOf(1), weighted()))
    expect(ofMatrices.size).toBe(2 * (2 * 7 + 2 * 5 + 3))
    for (const [name, got] of ofMatrices) {
      const at = name.replace(/\.lora_[AB]\.weight$/, '')
      const [A, B] = ['A', 'B'].map(m => values.get(`${at}.lora_${m}.weight`) as tf.Tensor) as [tf.Tensor, tf.Tensor]
      const dW = ofWeights.get(`${at}.weight`) ?? new Float32Array()
      const expected = tf.tidy(() => {
        const [down, up] = [tf.reshape(A, [3, -1]), tf.reshape(B, [-1, 3])]
        const slope = tf.mul(tf.reshape(tf.tensor1d(dW), [up.shape[0] as number, -1]), 2)
        return Array.from(
          (name.includes('lora_B')
            ? tf.matMul(slope, tf.transpose(down))
            : tf.matMul(tf.transpose(up), slope)
          ).dataSync(),
        )
      })
      expect(apart(got, expected), name).toBeLessThan(1e-4)
    }
    tf.dispose([...values.values()])
    whole.engine.dispose()
    low.engine.dispose()
  })

  test('accumulated one by one = one batch', async () => {
    const it = gradientEngine({ adapter: livelyAdapter() })
    const all = [...groupsOf(1), ...groupsOf(2)]
    const whole = await it.gradient(all, weighted())
    for (const [i, group] of all.entries()) right(await it.engine.forwardBackward([group], weighted(1, 2 * i))())
    expect(apart(await it.caughtGradient(), whole)).toBeLessThan(1e-5)
    it.engine.dispose()
  })

  test('checkpointing gives the same gradient', async () => {
    const [one, other] = [false, true].map(checkpointing =>
      gradientEngine({ adapter: livelyAdapter({ targets: everything }), checkpointing }),
    ) as [ReturnType<typeof gradientEngine>, ReturnType<typeof gradientEngine>]
    const gradients = [await one.gradient(groupsOf(1), weighted()), await other.gradient(groupsOf(1), weighted())]
    expect(apart(gradients[1] ?? [], gradients[0] ?? [])).toBeLessThan(1e-6)
    one.engine.dispose()
    other.engine.dispose()
  })

  test('merged into the weights = beside them; what it does not change is the same tensor', async () => {
    const [weights, adapter] = [initialise(tinyConfig, 3), livelyAdapter({ targets: everything })]
    const merged = mergeAdapter(weights, adapter)
    expect(merged.get('model.norm.weight')).toBe(weights.get('model.norm.weight'))
    for (const [name, weight] of weights) if (merged.get(name) !== weight) weight.dispose()
    const [alone, engine] = [tinyEngine({ parameters: merged }), tinyEngine({ adapter })]
    expect(apart(await fingerprint(alone), await fingerprint(engine))).toBeLessThan(1e-5)
    alone.dispose()
    engine.dispose()
  })

  test('sampled log-probabilities = those recomputed in training', async () => {
    const engine = tinyEngine({ adapter: livelyAdapter({ targets: everything }) })
    const prompts = [promptOf([noise(1)]), promptOf([])]
    const groups = right(await engine.sample(prompts, sampling())())
    const train = prompts.map((prompt, n) => ({ prompt, completions: (groups[n] ?? []).map(c => c.ids) }))
    const recomputed = right(await engine.logprobs(train)()).flatMap(part => [...part])
    const sampled = groups.flat().flatMap(({ logprobs }) => [...logprobs])
    for (const [i, lp] of sampled.entries()) expect(Math.abs(lp - (recomputed[i] ?? Number.NaN))).toBeLessThan(1e-4)
    engine.dispose()
  })

  test('saved and loaded: the same log-probabilities and the same next steps, bit by bit; the base is not written', async () => {
    const engine = tinyEngine({ adapter: livelyAdapter(), optimiser })
    await train(engine, 1)
    right(await engine.save(folder)())
    expect(existsSync(join(folder, 'model.safetensors'))).toBe(false)
    const other = tinyEngine({ adapter: livelyAdapter({}, 6), optimiser })
    await train(other, 2)
    expect(await fingerprint(other)).not.toEqual(await fingerprint(engine))
    right(await other.load(folder)())
    expect(await fingerprint(other)).toEqual(await fingerprint(engine))
    for (const one of [engine, other]) await train(one, 3)
    expect(await fingerprint(other)).toEqual(await fingerprint(engine))
    const slots = right(await readSafetensors(join(folder, 'optimiser.safetensors'))()).tensors
    const { matrices } = right(await readAdapter(folder, tinyConfig)())
    const trained = [...matrices.values()].reduce((sum, x) => sum + x.size, 0)
    expect([...slots.values()].map(({ data }) => data.length)).toEqual([trained, trained])
    tf.dispose([...matrices.values()])
    engine.dispose()
    other.dispose()
  })

  test('weights of a whole model load under the adapter, which stays', async () => {
    const base = tinyEngine({ seed: 8 })
    right(await base.save(folder)())
    const engine = tinyEngine({ adapter: livelyAdapter(), optimiser })
    const same = tinyEngine({ seed: 8, adapter: livelyAdapter() })
    right(await engine.load(folder, { weightsOnly: true })())
    expect(await fingerprint(engine)).toEqual(await fingerprint(same))
    expect(await off(engine)).toEqual(await fingerprint(base))
    for (const one of [base, engine, same]) one.dispose()
  })

  test('updates, rollouts, references and failures leave the number of tensors as it was; in the end all is freed', async () => {
    const start = tf.memory().numTensors
    const engine = tinyEngine({ adapter: livelyAdapter({ targets: everything }), optimiser })
    const update = async (seed: number): Promise<void> => {
      const prompt = promptOf([noise(seed)])
      const [group = []] = right(await engine.sample([prompt], sampling({ seed, maxTokens: 20 }))())
      const groups = [{ prompt, completions: group.map(({ ids }) => ids) }]
      right(await engine.logprobs(groups)())
      right(await engine.logprobs(groups, undefined, { adapter: 'off' })())
      right(await engine.forwardBackward(groups, weighted(seed))())
      right(await engine.optimStep(1e-3)())
      const thrown = await engine.forwardBackward(groups, () => {
        throw new RangeError('shapes')
      })()
      expect(thrown).toMatchObject(E.left({ _tag: 'Thrown' }))
      expect(E.isLeft(await engine.load(join(folder, 'nowhere'))())).toBe(true)
    }
    await update(0)
    const { numTensors, numDataBuffers } = tf.memory()
    for (let seed = 1; seed < 6; seed++) await update(seed)
    expect(tf.memory()).toMatchObject({ numTensors, numDataBuffers })
    engine.dispose()
    expect(tf.memory().numTensors).toBe(start)
  })

  test('without an adapter there is nothing to switch off: BadAdapter', async () => {
    const engine = tinyEngine()
    const asked = await engine.logprobs(groupsOf(1), undefined, { adapter: 'off' })()
    expect(asked).toMatchObject(E.left({ _tag: 'BadAdapter' }))
    engine.dispose()
  })
})
