import * as tf from '@tensorflow/tfjs-core'
import { either as E } from 'fp-ts'
import type { Objective } from 'kinograd/advantage'
import type { TrainGroup } from 'kinograd/engine'
import { initialise } from 'kinograd/engine/tfjs'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { parameterShapes } from '../../src/engine/tfjs/model/shapes.ts'
import { backends, use } from './backends.ts'
import { right } from './golden.ts'
import { everything, livelyAdapter } from './tiny-adapter.ts'
import { tinyConfig } from './tiny-config.ts'
import { apart, gradientEngine, noise, promptOf, weighted, words } from './tiny-engine.ts'

const prompt = promptOf([noise(1), noise(2, [1, 4, 2], 'image')])
const batches: readonly (readonly [string, readonly TrainGroup[]])[] = [
  ['a shared prompt', [{ prompt, completions: [words(1, 5), words(2, 9), words(3, 1)] }]],
  ['single completions', [1, 2].map(i => ({ prompt, completions: [words(i, 3 + i)] }))],
  [
    'groups of unequal length, one without media',
    [
      { prompt, completions: [words(1, 5), words(2, 2)] },
      { prompt: promptOf([]), completions: [words(3, 4), words(4, 1), words(5, 3)] },
    ],
  ],
  ['text alone', [{ prompt: promptOf([]), completions: [words(3, 4), words(4, 1)] }]],
]
const parts: readonly (readonly [string, (name: string) => boolean])[] = [
  ['all weights', () => true],
  ['the decoder', name => !name.startsWith('visual.')],
  ['the last layer', name => name.startsWith('model.layers.1.')],
  ['the norm before the head', name => name === 'model.norm.weight'],
  ['the embedding, which is the head', name => name === 'model.embed_tokens.weight'],
  ['the merger', name => name.startsWith('visual.merger.')],
  ['one matrix in the middle of the tower', name => name === 'visual.blocks.1.mlp.up_proj.weight'],
]

describe.each(backends)('checkpointing, on %s', backend => {
  beforeAll(() => use(backend), 60_000)
  const engines: ReturnType<typeof gradientEngine>[] = []
  const engineWith = (checkpointing: boolean, trains: (name: string) => boolean) => {
    const made = gradientEngine({ checkpointing, trains })
    engines.push(made)
    return made
  }
  afterEach(() => {
    for (const { engine } of engines.splice(0)) engine.dispose()
  })

  test.each(batches)('gives the gradient without it: %s', async (_, groups) => {
    for (const [, trains] of parts) {
      const [plain, checkpointed] = [engineWith(false, trains), engineWith(true, trains)]
      const expected = await plain.gradient(groups, weighted())
      const found = await checkpointed.gradient(groups, weighted())
      expect(found.length).toBe(expected.length)
      if (expected.some(g => g !== 0)) expect(apart(found, expected)).toBeLessThan(1e-6)
      else expect(found.every(g => g === 0)).toBe(true)
    }
  })

  test.each(parts)('what is trained alone gets the gradient that it gets among all: %s', async (_, trains) => {
    const groups = batches[0]?.[1] ?? []
    const whole = await engineWith(true, () => true).gradient(groups, weighted())
    let at = 0
    const expected = [...parameterShapes(tinyConfig)].flatMap(([name, shape]) => {
      const first = at
      at += shape.reduce((x, y) => x * y, 1)
      return trains(name) ? [...whole.subarray(first, at)] : []
    })
    expect(apart(await engineWith(true, trains).gradient(groups, weighted()), expected)).toBeLessThan(1e-6)
  })

  test('gives the gradient without it where the head is a matrix of its own', async () => {
    const config = { ...tinyConfig, text: { ...tinyConfig.text, tied: false } }
    const groups = batches[0]?.[1] ?? []
    const [expected, found] = [false, true].map(checkpointing => {
      const made = gradientEngine({ config, parameters: initialise(config, 3), checkpointing })
      engines.push(made)
      return made.gradient(groups, weighted())
    })
    expect(apart((await found) ?? [], (await expected) ?? [])).toBeLessThan(1e-6)
  })

  test('gives the gradient without it where an adapter is trained', async () => {
    const groups = batches[0]?.[1] ?? []
    const [expected, found] = [false, true].map(checkpointing => {
      const made = gradientEngine({ adapter: livelyAdapter({ targets: everything }), checkpointing })
      engines.push(made)
      return made.gradient(groups, weighted())
    })
    expect(apart((await found) ?? [], (await expected) ?? [])).toBeLessThan(1e-6)
  })

  test.each([
    { groupsAtOnce: 1 },
    { groupsAtOnce: 2 },
    { completionsAtOnce: 1 },
    { completionsAtOnce: 2, groupsAtOnce: 2 },
  ])('%j give the gradient of all at once', async sizes => {
    const silent = { prompt: promptOf([]), completions: [new Int32Array(), new Int32Array()] }
    const groups = batches.flatMap(([, some], i) => (i === 1 ? [...some, silent, silent] : some))
    // A loss that couples all sequences: the square of their sum.
    const coupled: Objective = logprobs => {
      const sum = logprobs.reduce((n, part) => part.reduce((m, lp) => m + lp, n), 0)
      return { loss: (sum / 100) ** 2, gradient: logprobs.map(part => part.map(() => sum / 5000)), metrics: {} }
    }
    const [whole, parted] = [
      gradientEngine({ checkpointing: true, entropy: true }),
      gradientEngine({ ...sizes, entropy: true }),
    ]
    engines.push(whole, parted)
    const expected = await whole.gradient(groups, coupled)
    expect(apart(await parted.gradient(groups, coupled), expected)).toBeLessThan(1e-5)
    const [a, b] = [whole, parted].map(({ engine }) => engine.forwardBackward(groups, coupled)())
    const [one, other] = [right(await (a ?? Promise.reject())), right(await (b ?? Promise.reject()))]
    expect(other.loss).toBeCloseTo(one.loss, 4)
    expect(other.metrics.entropy).toBeCloseTo(one.metrics.entropy ?? Number.NaN, 5)
    expect(one.metrics.entropy).toBeGreaterThan(0)
    expect(one.metrics.entropy).toBeLessThan(Math.log(tinyConfig.text.vocabSize))
  })

  test('holds less at its peak', async () => {
    const groups = batches[0]?.[1] ?? []
    const peak = async (checkpointing: boolean): Promise<number> => {
      const { engine } = engineWith(checkpointing, () => true)
      let most = 0
      const before = tf.memory().numBytes
      const profile = await tf.profile(() =>
        engine
          .forwardBackward(groups, weighted())()
          .then(r => void right(r)),
      )
      most = Math.max(...profile.kernels.map(k => k.totalBytesSnapshot))
      return most - before
    }
    expect(await peak(true)).toBeLessThan(0.6 * (await peak(false)))
  })

  test.each([false, true])(
    'leaves no tensor behind, nor after an objective that throws (checkpointing %s)',
    async on => {
      const groups = batches[2]?.[1] ?? []
      const { gradient, engine } = engineWith(on, () => true)
      await gradient(groups, weighted())
      const before = tf.memory().numTensors
      const bad: Objective = () => {
        throw new Error('no')
      }
      expect(await engine.forwardBackward(groups, bad)()).toMatchObject(E.left({ _tag: 'Thrown' }))
      await gradient(groups, weighted())
      expect(tf.memory().numTensors).toBe(before)
    },
  )
})
