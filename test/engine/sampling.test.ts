import type { Engine } from 'kinograd/engine'
import { initialise, inspect } from 'kinograd/engine/tfjs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { backends, use } from './backends.ts'
import { right } from './golden.ts'
import { tinyConfig } from './tiny-config.ts'
import { noise, promptOf, sampling, tinyEngine } from './tiny-engine.ts'

const a = promptOf([noise(1)])
const b = promptOf([noise(2, [1, 4, 6], 'image')], [12, 4, 8, 8])
const plain = promptOf([], [7, 7, 9])

describe.each(backends)('sampling on %s', backend => {
  let engine: Engine
  beforeAll(async () => {
    await use(backend)
    engine = tinyEngine()
  }, 60_000)
  afterAll(() => engine.dispose())
  const ids = async (prompts: Parameters<Engine['sample']>[0], given = sampling()) =>
    right(await engine.sample(prompts, given)()).map(group => group.map(completion => [...completion.ids]))

  test('sampled log-probabilities = those recomputed in training, over a cache of several blocks', async () => {
    const groups = right(await engine.sample([a, b, plain], sampling({ maxTokens: 40 }))())
    const recomputed = right(
      await engine.logprobs(
        [a, b, plain].map((prompt, i) => ({ prompt, completions: (groups[i] ?? []).map(c => c.ids) })),
      )(),
    )
    const sampled = groups.flat()
    expect(sampled).toHaveLength(9)
    for (const [s, { logprobs, samplingLogprobs, ids, stop }] of sampled.entries()) {
      expect(ids).toHaveLength(40)
      expect(stop).toBe('length')
      for (const [t, lp] of logprobs.entries()) {
        expect(Math.abs(lp - (recomputed[s]?.[t] ?? Number.NaN))).toBeLessThan(1e-4)
        expect(Math.abs(lp - (samplingLogprobs[t] ?? Number.NaN))).toBeLessThan(1e-5)
      }
    }
  })

  test('a completion depends on (seed, prompt index, completion index), on nothing else in the batch', async () => {
    const [first, second] = await ids([a, b])
    expect(await ids([a])).toEqual([first])
    expect((await ids([plain, b]))[1]).toEqual(second)
    expect((await ids([a], sampling({ count: 5 })))[0]?.slice(0, 3)).toEqual(first)
    expect((await ids([a], sampling({ maxTokens: 5 })))[0]).toEqual(first?.map(c => c.slice(0, 5)))
    expect(await ids([a, a])).not.toEqual([first, first])
    expect(await ids([a], sampling({ seed: 12 }))).not.toEqual([first])
    expect(new Set(first?.map(String)).size).toBe(3)
  })

  test('greedy takes the largest logit, the same for every completion', async () => {
    const [[one, two] = []] = await ids([a], sampling({ temperature: 0, count: 2 }))
    expect(one).toEqual(two)
    const parameters = initialise(tinyConfig, 3)
    const { logits } = inspect(
      { config: tinyConfig, parameters },
      { ids: Int32Array.from([...a.ids, ...(one ?? [])]), media: a.media },
    )
    for (const p of parameters.values()) p.dispose()
    const width = tinyConfig.text.vocabSize
    for (const [t, id] of (one ?? []).entries()) {
      const row = logits.subarray((a.ids.length - 1 + t) * width, (a.ids.length + t) * width)
      expect(Math.max(...row) - (row[id] as number)).toBeLessThan(1e-4)
    }
  })

  test('a stop token ends its completion and no other', async () => {
    const [free = []] = await ids([a])
    const stop = free[0]?.[3] as number
    const [stopped = []] = right(await engine.sample([a], sampling({ stop: [stop] }))())
    for (const [g, completion] of stopped.entries()) {
      const at = free[g]?.indexOf(stop) ?? -1
      expect(completion.stop).toBe(at < 0 ? 'length' : 'stop')
      expect([...completion.ids]).toEqual(at < 0 ? free[g] : free[g]?.slice(0, at + 1))
      expect(completion.logprobs).toHaveLength(completion.ids.length)
    }
    expect(stopped[0]?.stop).toBe('stop')
  })

  test('filters reach the sampler: top-k of 1 is greedy; a penalty changes what is drawn', async () => {
    const greedy = await ids([a], sampling({ temperature: 0 }))
    expect(await ids([a], sampling({ topK: 1 }))).toEqual(greedy)
    expect(await ids([a], sampling({ topP: 1e-6 }))).toEqual(greedy)
    expect(await ids([a], sampling({ minP: 1 }))).toEqual(greedy)
    const [[penalised = []] = []] = await ids([a], sampling({ temperature: 0, repetitionPenalty: 1e6, maxTokens: 30 }))
    expect(new Set(penalised).size).toBe(30)
  })
})
