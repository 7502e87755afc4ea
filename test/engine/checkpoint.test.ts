import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { either as E } from 'fp-ts'
import type { Engine } from 'kinograd/engine'
import { adamw, chain, clipByGlobalNorm, readSafetensors, writeSafetensors } from 'kinograd/engine/tfjs'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { backends, use } from './backends.ts'
import { right } from './golden.ts'
import { tinyConfig } from './tiny-config.ts'
import { fingerprint, noise, promptOf, tinyEngine, weighted, words } from './tiny-engine.ts'

const optimiser = chain(clipByGlobalNorm(1), adamw({ beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.01 }))
const fresh = (seed: number): Engine => tinyEngine({ seed, optimiser })

const train = async (engine: Engine, seed: number): Promise<void> => {
  const groups = [{ prompt: promptOf([noise(seed)]), completions: [words(seed, 6), words(seed + 1, 4)] }]
  right(await engine.forwardBackward(groups, weighted(seed))())
  right(await engine.optimStep(1e-2)())
}

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kinograd-checkpoint-'))
})
afterEach(() => rm(folder, { recursive: true }))

describe.each(backends)('checkpoints on %s', { timeout: 180_000 }, backend => {
  beforeAll(() => use(backend), 60_000)

  test('saved and loaded: the same log-probabilities and the same next steps, bit by bit', async () => {
    const engine = fresh(1)
    await train(engine, 1)
    await train(engine, 2)
    right(await engine.save(folder)())
    const other = fresh(2)
    await train(other, 9)
    expect(await fingerprint(other)).not.toEqual(await fingerprint(engine))
    right(await other.load(folder)())
    expect(await fingerprint(other)).toEqual(await fingerprint(engine))
    for (const step of [3, 4]) {
      await train(engine, step)
      await train(other, step)
      expect(await fingerprint(other)).toEqual(await fingerprint(engine))
    }
    engine.dispose()
    other.dispose()
  })

  test('weightsOnly leaves the optimiser at its beginning, and drops what was accumulated', async () => {
    const engine = fresh(1)
    await train(engine, 1)
    right(await engine.save(folder)())
    const loaded = async (options: { weightsOnly: boolean }): Promise<readonly number[]> => {
      const it = fresh(2)
      await train(it, 7)
      right(await it.forwardBackward([{ prompt: promptOf([]), completions: [words(1, 3)] }], weighted())())
      right(await it.load(folder, options)())
      expect(await fingerprint(it)).toEqual(await fingerprint(engine))
      expect(right(await it.optimStep(1)())).toEqual({ gradientNorm: 0 })
      await train(it, 3)
      const after = await fingerprint(it)
      it.dispose()
      return after
    }
    const [kept, reset] = [await loaded({ weightsOnly: false }), await loaded({ weightsOnly: true })]
    await train(engine, 3)
    expect(kept).toEqual(await fingerprint(engine))
    expect(reset).not.toEqual(kept)
    engine.dispose()
  })
})

describe('a folder that is no checkpoint of this model', () => {
  const bad = (cause: string) => E.left({ _tag: 'BadCheckpoint', cause: expect.stringContaining(cause) })
  const loadOf = async (): Promise<unknown> => {
    const engine = fresh(4)
    const before = await fingerprint(engine)
    const loaded = await engine.load(folder)()
    expect(await fingerprint(engine)).toEqual(before)
    await train(engine, 1)
    engine.dispose()
    return loaded
  }
  const file = (): string => join(folder, 'model.safetensors')
  const saved = async () => {
    const engine = fresh(1)
    await train(engine, 1)
    right(await engine.save(folder)())
    engine.dispose()
    // As folders of others are, which say nothing of their files.
    await rm(join(folder, 'kinograd.manifest.json'))
  }
  /** Rewrites the saved weights. */
  const change = async (name: string, made: (data: Float32Array, shape: readonly number[]) => unknown) => {
    await saved()
    const { tensors } = right(await readSafetensors(file())())
    const all = new Map(tensors)
    const { data, shape } = all.get(name) as { data: Float32Array; shape: readonly number[] }
    const next = made(data, shape)
    if (next === undefined) all.delete(name)
    else all.set(name, next as never)
    right(await writeSafetensors(file(), all, {})())
  }
  beforeAll(() => use('wasm'), 60_000)

  test.each([
    ['no file', async () => {}, 'no'],
    ['a file cut off', () => saved().then(() => truncate(file(), 5000)), 'model.safetensors'],
    ['no safetensors', () => saved().then(() => writeFile(file(), 'hello')), 'model.safetensors'],
    ['a weight missing', () => change('model.norm.weight', () => undefined), 'model.norm.weight is missing'],
    [
      'another shape',
      () => change('model.norm.weight', () => ({ shape: [2], dtype: 'F32', data: new Float32Array(2) })),
      'model.norm.weight has shape [2], the model needs [32]',
    ],
    [
      'a NaN',
      () =>
        change('model.norm.weight', (data, shape) => ({
          shape,
          dtype: 'F32',
          data: data.map((x, i) => (i === 3 ? Number.NaN : x)),
        })),
      'model.norm.weight[3] is NaN',
    ],
    [
      'an optimiser of another size',
      async () => {
        await saved()
        const slot = { shape: [3], dtype: 'F32' as const, data: new Float32Array(3) }
        right(
          await writeSafetensors(
            join(folder, 'optimiser.safetensors'),
            new Map([
              ['1.mean', slot],
              ['1.square', slot],
            ]),
            { step: '1' },
          )(),
        )
      },
      '1.mean has 3 numbers, the model trains',
    ],
    [
      'an optimiser without its slots',
      async () => {
        await saved()
        right(await writeSafetensors(join(folder, 'optimiser.safetensors'), new Map(), { step: '1' })())
      },
      'holds the slots [], the optimiser keeps [1.mean, 1.square]',
    ],
  ])('%s: BadCheckpoint, and the engine goes on as it was', async (_, make, cause) => {
    await make()
    expect(await loadOf()).toMatchObject(bad(cause))
  })

  test('config.json is written as transformers reads it', async () => {
    await saved()
    const config = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8'))
    expect(config.model_type).toBe('qwen2_5_vl')
    expect(config.vision_config.window_size).toBe(tinyConfig.vision.windowSize)
  })
})
