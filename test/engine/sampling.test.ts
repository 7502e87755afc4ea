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

/** The distribution that is drawn from, by the definitions: penalty, temperature, top-k, top-p, min-p. */
const filtered = (
  logits: readonly number[],
  seen: ReadonlySet<number>,
  given: {
    readonly temperature: number
    readonly topK: number
    readonly topP: number
    readonly minP: number
    readonly repetitionPenalty: number
  },
): ReadonlyMap<number, number> => {
  const penalised = logits.map((x, id) =>
    seen.has(id) ? (x > 0 ? x / given.repetitionPenalty : x * given.repetitionPenalty) : x,
  )
  const normal = (entries: readonly (readonly [number, number])[]) => {
    const sum = entries.reduce((total, [, p]) => total + p, 0)
    return entries.map(([id, p]) => [id, p / sum] as const)
  }
  const best = normal(
    penalised
      .map((x, id) => [id, Math.exp(x / given.temperature)] as const)
      .sort(([, p], [, q]) => q - p)
      .slice(0, given.topK),
  )
  let mass = 0
  const nucleus = best.filter(([, p]) => {
    const wanted = mass < given.topP
    mass += p
    return wanted
  })
  const least = (nucleus[0]?.[1] ?? 0) * given.minP
  return new Map(normal(nucleus.filter(([, p]) => p >= least)))
}

describe.each(backends)('sampling on %s', backend => {
  let engine: Engine
  beforeAll(async () => {
    await use(backend)
    engine = tinyEngine()
  }, 180_000)
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

  test('under every filter too, and those of the filtered distribution = those worked out from the logits', async () => {
    const rules = { temperature: 0.7, topK: 30, topP: 0.9, minP: 0.01, repetitionPenalty: 1.3 }
    // A medium's token is a word like any other in a completion, but not in the prompt that the logits are of: it may only come last.
    const stop = [tinyConfig.tokens.image, tinyConfig.tokens.video]
    const [group = []] = right(await engine.sample([a], sampling({ ...rules, stop, maxTokens: 12 }))())
    const recomputed = right(await engine.logprobs([{ prompt: a, completions: group.map(c => c.ids) }])())
    const parameters = initialise(tinyConfig, 3)
    const width = tinyConfig.text.vocabSize
    for (const [g, { ids, logprobs, samplingLogprobs }] of group.entries()) {
      const sequence = Int32Array.from([...a.ids, ...ids.subarray(0, -1)])
      const { logits } = inspect({ config: tinyConfig, parameters }, { ids: sequence, media: a.media })
      for (const [t, id] of ids.entries()) {
        expect(Math.abs((logprobs[t] ?? Number.NaN) - (recomputed[g]?.[t] ?? Number.NaN))).toBeLessThan(1e-4)
        const at = a.ids.length - 1 + t
        const row = [...logits.subarray(at * width, (at + 1) * width)]
        const seen = new Set(sequence.subarray(0, at + 1))
        const expected = filtered(row, seen, rules).get(id) ?? Number.NaN
        expect(Math.abs((samplingLogprobs[t] ?? Number.NaN) - Math.log(expected))).toBeLessThan(1e-4)
      }
    }
    for (const p of parameters.values()) p.dispose()
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
