import * as tf from '@tensorflow/tfjs-core'
import { either as E } from 'fp-ts'
import type { Objective } from 'kinograd/advantage'
import type { TrainGroup } from 'kinograd/engine'
import { adamw, hasRoom, initialise, predictMemory, tfjsEngine } from 'kinograd/engine/tfjs'
import { beforeAll, describe, expect, test } from 'vitest'
import { use } from './backends.ts'
import { right } from './golden.ts'
import { projections } from './tiny-adapter.ts'
import { tinyConfig } from './tiny-config.ts'
import { fingerprint, noise, promptOf, sampling, tinyEngine } from './tiny-engine.ts'

const optimiser = adamw({ beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.01 })
const given = {
  config: tinyConfig,
  optimiser,
  prompts: 2,
  clips: [[2, 8, 8]] as const,
  textTokens: 4,
  completions: 3,
  newTokens: 24,
}

/** The most buffers alive during work, bytes, as the backend's own book keeps them. */
const peakOf = async (work: () => Promise<unknown>): Promise<number> => {
  const engine = tf.engine() as unknown as {
    trackTensor: (tensor: tf.Tensor, backend: unknown) => void
    removeDataId: (id: object, backend: unknown) => void
  }
  const alive = new Map<object, number>()
  let [now, most] = [0, 0]
  const { trackTensor, removeDataId } = engine
  engine.trackTensor = function (this: unknown, tensor, backend) {
    trackTensor.call(this, tensor, backend)
    if (alive.has(tensor.dataId)) return
    alive.set(tensor.dataId, tensor.size * 4)
    now += tensor.size * 4
    most = Math.max(most, now)
  }
  engine.removeDataId = function (this: unknown, id, backend) {
    removeDataId.call(this, id, backend)
    now -= alive.get(id) ?? 0
    alive.delete(id)
  }
  try {
    await work()
  } finally {
    Object.assign(engine, { trackTensor, removeDataId })
  }
  return most
}

describe('predicted memory', () => {
  // The backend whose tensors share buffers as TensorFlow's do and whose books show it; WebAssembly's products copy what they transpose.
  beforeAll(() => use('cpu'), 60_000)

  test.each([false, true])('is what the tensors of an update take (checkpointing %s)', async checkpointing => {
    const predicted = right(predictMemory({ ...given, checkpointing }))
    const whole = await peakOf(async () => {
      const engine = tfjsEngine({ config: tinyConfig, parameters: initialise(tinyConfig, 1), optimiser, checkpointing })
      const prompts = [1, 2].map(seed => promptOf([noise(seed, [2, 8, 8])], [5, 6, 7]))
      const sampled = right(await engine.sample(prompts, sampling({ count: 3, maxTokens: 24 }))())
      const groups: readonly TrainGroup[] = prompts.map((prompt, n) => ({
        prompt,
        completions: (sampled[n] ?? []).map(({ ids }) => ids),
      }))
      right(await engine.logprobs(groups)())
      const objective: Objective = logprobs => ({
        loss: 0,
        gradient: logprobs.map(part => part.map(() => 1)),
        metrics: {},
      })
      right(await engine.forwardBackward(groups, objective)())
      right(await engine.optimStep(1e-3)())
      engine.dispose()
    })
    expect((predicted.peak - 155_000) / whole).toBeGreaterThan(0.99)
    // The decoding kernel's memory, 155 kB here, is predicted too, and is no tensor.
    expect((predicted.peak - 155_000) / whole).toBeLessThan(1.01)
  })

  test('checkpointing takes less, an adapter less state', () => {
    const plain = right(predictMemory(given))
    const checkpointed = right(predictMemory({ ...given, checkpointing: true }))
    const adapted = right(predictMemory({ ...given, adapter: { rank: 2, alpha: 4, targets: projections } }))
    expect(checkpointed.gradient).toBeLessThan(0.6 * plain.gradient)
    expect(checkpointed.rollout).toBe(plain.rollout)
    expect(adapted.optimiser).toBeLessThan(plain.optimiser)
    expect(adapted.weights).toBeGreaterThan(plain.weights)
    expect(plain.peak).toBe(Math.max(plain.rollout, plain.reference, plain.gradient, plain.step))
  })

  test('packed weights take what they are stored in, and so does the kernel that reads them', () => {
    const adapter = { rank: 2, alpha: 4, targets: projections }
    const [plain, brain, bytes] = (['float32', 'bfloat16', 'int8'] as const).map(storage =>
      right(predictMemory({ ...given, adapter, storage })),
    )
    expect(brain!.weights).toBeLessThan(0.6 * plain!.weights)
    expect(bytes!.weights).toBeLessThan(0.9 * brain!.weights)
    expect(brain!.rollout).toBeLessThan(plain!.rollout)
    expect(brain!.load).toBe(brain!.weights)
    // What is trained is float32, whatever is asked for.
    expect(right(predictMemory({ ...given, storage: 'bfloat16' }))).toEqual(right(predictMemory(given)))
  })

  test('an update that has no room says what each phase takes and what would be enough', () => {
    const memory = right(predictMemory(given))
    expect(hasRoom(given, memory.peak)).toEqual(E.right(memory))
    const refused = hasRoom(given, memory.peak - 1)
    expect(refused).toMatchObject(
      E.left({
        _tag: 'NoRoom',
        cause: expect.stringMatching(/^the update takes 0\.\d+ GB, and there are 0\.\d+ GB: load 0\.\d+ GB, rollout /),
        remedy: expect.stringMatching(/^One of these is enough: checkpointing: true \(0\.\d+ GB\), /),
      }),
    )
    for (const [words, shape] of [
      ['half the frames', { ...given, clips: [[1, 8, 8]] as const }],
      ['12 new tokens', { ...given, newTokens: 12 }],
      ['1 completions', { ...given, completions: 1 }],
      ['1 prompts at once', { ...given, prompts: 1 }],
    ] as const) {
      const bytes = right(predictMemory(shape)).peak
      expect(refused).toMatchObject(
        E.left({ remedy: expect.stringContaining(`${words} (${(bytes / 1e9).toFixed(3)} GB)`) }),
      )
    }
    expect(hasRoom(given, 1000)).toMatchObject(E.left({ remedy: expect.stringMatching(/^None of these is enough/) }))
  })

  test('a target that the model has not is a fault', () => {
    expect(E.isLeft(predictMemory({ ...given, adapter: { rank: 2, alpha: 4, targets: ['no_proj'] } }))).toBe(true)
  })

  test('leaves no tensor behind, and the backend as it was', async () => {
    const engine = tinyEngine()
    const says = await fingerprint(engine)
    const [tensors, backend] = [tf.memory().numTensors, tf.getBackend()]
    right(predictMemory(given))
    expect(tf.getBackend()).toBe(backend)
    expect(tf.memory().numTensors).toBe(tensors)
    expect(await fingerprint(engine)).toEqual(says)
    engine.dispose()
  })
})
