import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import type { Engine, TrainGroup } from 'kinograd/engine'
import { adamw } from 'kinograd/engine/tfjs'
import { beforeAll, describe, expect, test } from 'vitest'
import { throughDropout } from '../../src/engine/tfjs/tensors/dropout.ts'
import { backends, use } from './backends.ts'
import { right } from './golden.ts'
import { everything, livelyAdapter } from './tiny-adapter.ts'
import { apart, fingerprint, gradientEngine, noise, promptOf, tinyEngine, weighted, words } from './tiny-engine.ts'

const optimiser = adamw({ beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.01 })
const groups: readonly TrainGroup[] = [
  { prompt: promptOf([noise(1)]), completions: [words(1, 6), words(2, 4)] },
  { prompt: promptOf([noise(2)]), completions: [words(3, 5), words(4, 5)] },
]
const dropping = (dropout = 0.3) => livelyAdapter({ targets: everything, dropout })
const lossOf = async (engine: Engine, of = groups) => right(await engine.forwardBackward(of, weighted())()).loss

describe.each(backends)('dropout of adapters on %s', { timeout: 180_000 }, backend => {
  beforeAll(() => use(backend), 60_000)

  test('hides so large a share, scales the rest, and another for every module and seed', () => {
    const rows = tf.ones<tf.Rank.R2>([400, 50])
    const low = (parts: readonly string[]) => ({
      down: tf.tile(tf.eye(50), [parts.length, 1]),
      up: tf.zeros([1, 50 * parts.length]),
      parts: parts.map(module => ({ module, rank: 50 })),
    })
    const seen = (parts: readonly string[], seed = 1) =>
      throughDropout(rows, low(parts), { rate: 0.2, seed }).dataSync<'float32'>()
    const both = seen(['q', 'k'])
    const [q, k] = [0, 50].map(at => both.filter((_, i) => Math.floor((i % 100) / 50) === at / 50))
    for (const one of [q!, k!]) {
      expect(new Set(one)).toEqual(new Set([0, 1.25]))
      expect(one.filter(x => x === 0).length / one.length).toBeCloseTo(0.2, 1)
    }
    expect(q).not.toEqual(k)
    expect(seen(['q'])).toEqual(q)
    expect(seen(['k'])).toEqual(k)
    expect(seen(['q'], 2)).not.toEqual(q)
  })

  test('is in training alone: samples and scores are those of the whole adapter', async () => {
    const [with_, without] = [tinyEngine({ adapter: dropping() }), tinyEngine({ adapter: dropping(0) })]
    expect(await fingerprint(with_)).toEqual(await fingerprint(without))
    expect(await lossOf(with_)).not.toBe(await lossOf(without))
    for (const engine of [with_, without]) engine.dispose()
  })

  test('is the same where a run is the same, and other from pass to pass, from update to update and from seed to seed', async () => {
    const engines = [undefined, undefined, 5].map(dropoutSeed =>
      tinyEngine({ adapter: dropping(), optimiser, ...(dropoutSeed === undefined ? {} : { dropoutSeed }) }),
    )
    const losses = await Promise.all(
      engines.map(async engine => {
        const passes = [await lossOf(engine), await lossOf(engine)]
        right(await engine.optimStep(0)())
        return [...passes, await lossOf(engine)]
      }),
    )
    expect(losses[1]).toEqual(losses[0])
    expect(new Set(losses.flat()).size).toBe(6)
    for (const engine of engines) engine.dispose()
  })

  test('the gradient is the slope of the loss that was seen', async () => {
    const made = gradientEngine({ adapter: dropping() })
    const gradient = await made.gradient(groups, weighted())
    const slope = gradient.reduce((sum, g) => sum + g * g, 0)
    const lossAt = async (rate: number): Promise<number> => {
      const adapter = dropping()
      let at = 0
      const moved = [...adapter.matrices].map(([name, x]) => {
        const by = gradient.subarray(at, at + x.size)
        at += x.size
        return [name, tf.tidy(() => tf.sub(x, tf.mul(tf.tensor(by, x.shape), rate)))] as const
      })
      tf.dispose([...adapter.matrices.values()])
      const engine = tinyEngine({ adapter: { ...adapter, matrices: new Map(moved) } })
      const loss = await lossOf(engine)
      engine.dispose()
      return loss
    }
    const h = 0.01 / Math.sqrt(slope)
    expect(Math.abs(((await lossAt(-h)) - (await lossAt(h))) / (2 * h) / slope - 1)).toBeLessThan(5e-3)
    made.engine.dispose()
  })

  test('activations computed again see the same, and parts of a batch their own', async () => {
    const gradientOf = async (options: object) => {
      const { gradient, engine } = gradientEngine({ adapter: dropping(), ...options })
      const found = await gradient(groups, weighted())
      engine.dispose()
      return found
    }
    const whole = await gradientOf({})
    expect(apart(await gradientOf({ checkpointing: true }), whole)).toBeLessThan(1e-5)
    // Loss and gradient of parts are of the same pass: the slope of what was seen.
    const parts = await gradientOf({ groupsAtOnce: 1 })
    expect(apart(parts, await gradientOf({ groupsAtOnce: 1, checkpointing: true }))).toBeLessThan(1e-5)
    expect(apart(parts, whole)).toBeGreaterThan(1e-3)
  })

  test('a resumed run sees what an unbroken one does, and nothing stays in memory', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kinograd-dropout-'))
    const train = async (engine: Engine) => {
      await lossOf(engine)
      right(await engine.optimStep(1e-2)())
    }
    const unbroken = tinyEngine({ adapter: dropping(), optimiser })
    await train(unbroken)
    right(await unbroken.save(folder)())
    const resumed = tinyEngine({ adapter: dropping(), optimiser })
    right(await resumed.load(folder)())
    const { numTensors } = tf.memory()
    for (const engine of [unbroken, resumed]) await train(engine)
    expect(tf.memory().numTensors).toBe(numTensors)
    expect(await fingerprint(resumed)).toEqual(await fingerprint(unbroken))
    for (const engine of [unbroken, resumed]) engine.dispose()
    await rm(folder, { recursive: true })
  })
})
