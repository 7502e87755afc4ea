import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { either as E } from 'fp-ts'
import { sftLoss } from 'kinograd/advantage'
import type { EngineFault, Prompt, Sampling } from 'kinograd/engine'
import { type VllmEngine, type VllmOptions, vllmEngine } from 'kinograd/engine/vllm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { right } from '../../tinker/either.ts'
import { type Came, type Fate, fixture, itemRead, type Lie } from './fixture.ts'
import { type Toy, toyClip, toyPads, toyScore, toyTrainer } from './toy.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vllm-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const quick = { patienceSeconds: 5, pauseSeconds: 0.001, requestSeconds: 5, pads: toyPads }
const text: Prompt = { ids: Int32Array.of(1, 2, 3), media: [] }
const clip: Prompt = { ids: Int32Array.of(1, toyPads.video, 2), media: [toyClip(2)] }
const sampling: Sampling = { count: 2, maxTokens: 3, temperature: 1, stop: [7], seed: 1 }

/** An engine over a server that lies so, and what is said to it. */
const opened = async (
  given: Parameters<typeof fixture>[0] = {},
  { trainer = toyTrainer(), ...options }: Partial<VllmOptions> & { readonly trainer?: Toy } = {},
) => {
  const server = await fixture(given)
  const engine = await vllmEngine(trainer.engine, { url: server.url, adapters: folder, ...quick, ...options })()
  const close = async () => {
    if (E.isRight(engine)) engine.right.dispose()
    await server.close()
  }
  return { server, engine, trainer, close }
}

const faultOf = async (
  given: Parameters<typeof fixture>[0],
  use: (engine: VllmEngine) => Promise<E.Either<EngineFault, unknown>>,
  options: Parameters<typeof opened>[1] = {},
): Promise<EngineFault> => {
  const { engine, close } = await opened(given, options)
  const done = E.isLeft(engine) ? engine : await use(engine.right)
  await close()
  if (E.isRight(done)) throw new Error('it was taken')
  return done.left
}

const sampleText = (engine: VllmEngine) => engine.sample([text], sampling)()
const sampleClip = (engine: VllmEngine) => engine.sample([clip], sampling)()

describe('vLLM that tells the truth', () => {
  test('samples the newest weights after every step, under a new name, with log-probabilities of the policy', async () => {
    const { server, engine, trainer, close } = await opened()
    const policy = right(engine)
    expect(policy.sampler).toEqual({ version: '0.30.0', model: 'base', maxTokens: 500 })
    expect(policy.capabilities.maxTokens).toBe(500)
    for (let step = 1; step <= 4; step++) {
      const [group = []] = right(await policy.sample([text], sampling)())
      // The toy says in its tokens how many adapters it has seen.
      expect([...group[0]!.ids]).toEqual([step, step, step])
      expect([...group[1]!.ids]).toEqual([step, 7])
      expect(group.map(({ stop }) => stop)).toEqual(['length', 'stop'])
      expect(group[0]!.logprobs[0]).toBeCloseTo(toyScore(trainer.weight(), 0, step))
      right(await policy.forwardBackward([{ prompt: text, completions: [group[0]!.ids] }], sftLoss())())
      right(await policy.optimStep(1)())
    }
    // Samples of unchanged weights take no other adapter.
    right(await policy.sample([text], sampling)())
    right(await policy.sample([text], sampling)())
    const loads = server.log.filter(({ verb }) => verb === 'v1/load_lora_adapter')
    expect(new Set(loads.map(({ body }) => body.lora_name)).size).toBe(5)
    expect(loads.length).toBe(5)
    await close()
    expect(server.unloaded.length).toBeGreaterThanOrEqual(4)
    expect(trainer.state.disposed).toBe(true)
  })

  test('is sent token ids and no text, and every setting, so that none of the server’s own counts', async () => {
    const { server, engine, close } = await opened()
    right(await sampleText(right(engine)))
    const { body } = server.log.find(({ verb }) => verb === 'v1/completions')!
    expect(body).toMatchObject({
      ...{ prompt: [1, 2, 3], n: 2, max_tokens: 3, temperature: 1, top_p: 1, top_k: 0, min_p: 0, ignore_eos: true },
      ...{ repetition_penalty: 1, stop_token_ids: [7], return_token_ids: true, logprobs: 1, add_special_tokens: false },
    })
    await close()
  })

  test('gets a clip as the patches that the trainer sees, number by number', async () => {
    const { server, engine, close } = await opened()
    const [group = []] = right(await sampleClip(right(engine)))
    expect(group[0]!.logprobs[0]).toBeCloseTo(toyScore(0, 2, 1))
    const { body } = server.log.findLast(({ verb }) => verb === 'inference/v1/generate')!
    expect(body.token_ids).toEqual([1, toyPads.video, 2])
    expect(body.features?.mm_placeholders).toEqual({ video: [{ offset: 1, length: 1 }] })
    expect(body.features?.mm_hashes.video?.[0]).toMatch(/^[0-9a-f]{64}$/)
    const { item, buffer } = itemRead(body.features?.kwargs_data.video?.[0] ?? '')
    expect(item.pixel_values_videos?.data.slice(0, 2)).toEqual(['float32', [4, 1176]])
    expect(item.pixel_values_videos?.field).toEqual(['flat', { keep_on_cpu: false, slices: [[0, 4, null]], dim: 0 }])
    expect(new Float32Array(buffer('pixel_values_videos'))).toEqual(clip.media[0]!.values)
    expect([...new BigInt64Array(buffer('video_grid_thw'))]).toEqual([1n, 2n, 2n])
    expect([...new Float32Array(buffer('second_per_grid_ts'))]).toEqual([0.5])
    await close()
  })

  test('keeps groups in the order of prompts, with a seed for each, however many are asked at once', async () => {
    const { server, engine, close } = await opened({}, { atOnce: 3 })
    const prompts = Array.from({ length: 7 }, (_, i) => ({ ids: Int32Array.of(1, i), media: [] }))
    const groups = right(await right(engine).sample(prompts, sampling)())
    expect(groups.length).toBe(7)
    const asked = server.log.filter(({ verb }) => verb === 'v1/completions')
    expect(new Set(asked.map(({ body }) => body.seed)).size).toBe(7)
    await close()
  })

  test('says no log-probabilities of a distribution that it does not give', async () => {
    const { engine, close } = await opened()
    const [group = []] = right(await right(engine).sample([text], { ...sampling, temperature: 0.7 })())
    expect(group[0]!.samplingLogprobs.every(Number.isNaN)).toBe(true)
    expect(group[0]!.logprobs.every(Number.isFinite)).toBe(true)
    await close()
  })

  test('lets a step be made while completions are on their way, and unloads their adapter only then', async () => {
    let free = () => {}
    const held = new Promise<void>(go => {
      free = go
    })
    let first = true
    const before = ({ verb }: Came): Promise<void> => {
      if (verb !== 'v1/completions' || !first) return Promise.resolve()
      first = false
      return held
    }
    const { server, engine, close } = await opened({ before })
    const policy = right(engine)
    const slow = policy.sample([text], sampling)()
    right(await policy.optimStep(1)())
    const [newer = []] = right(await sampleText(policy))
    expect(newer[0]!.ids[0]).toBe(2)
    expect(server.unloaded).toEqual([])
    free()
    // Of the weights at which it was asked for, though the step was made before it came.
    const [older = []] = right(await slow)
    expect(older[0]!.logprobs[0]).toBeCloseTo(toyScore(0, 0, older[0]!.ids[0]!))
    await expect.poll(() => server.unloaded.length).toBe(1)
    expect(server.unloaded[0]).toMatch(/-0$/)
    await close()
  })

  test('gets a key as a bearer, and no fault says it', async () => {
    const fault = await faultOf(
      { fate: ({ verb }) => (verb === 'version' ? { status: 401 } : undefined) },
      sampleText,
      { key: 'sk-very-secret-key' },
    )
    expect(fault._tag).toBe('Refused')
    expect(JSON.stringify(fault)).not.toContain('secret')
    const { server, close } = await opened({}, { key: 'sk-very-secret-key' })
    expect(server.log[0]?.headers.authorization).toBe('Bearer sk-very-secret-key')
    await close()
  })
})

describe('vLLM that lies', () => {
  const caught: readonly (readonly [Lie, EngineFault['_tag'], RegExp])[] = [
    ['fewer log-probabilities', 'BadAnswer', /2 log-probabilities for 3 tokens/],
    ['no token ids', 'BadAnswer', /no token ids/],
    ['positive log-probability', 'BadAnswer', /log-probability 0.5 at token 0/],
    ['other prompt', 'BadAnswer', /4 tokens where 3 were sent, the first other one at 3/],
    ['other count of the prompt', 'BadAnswer', /counts 10 tokens of a prompt that has 3/],
    ['fewer choices', 'BadAnswer', /choices 0 where 2/],
    ['cut completion', 'BadAnswer', /choice 0 is cut: 2 tokens/],
    ['other model', 'BadAnswer', /it is of base, and kinograd-.* was asked/],
    ['does not list', 'BadAnswer', /does not list it/],
    ['lists another folder', 'BadAnswer', /as of \/elsewhere/],
    ['loads nothing', 'Refused', /404/],
    ['no json', 'NoAnswer', /gave no answer/],
  ]
  test.each(caught)('by %s is caught', async (lie, tag, why) => {
    const fault = await faultOf({ lie }, sampleText, { patienceSeconds: 0.02 })
    expect(fault._tag).toBe(tag)
    expect(fault.cause).toMatch(why)
  })

  test('about its media is refused, by name and reason', async () => {
    const deaf = await faultOf({ lie: 'deaf' }, sampleClip)
    expect(deaf._tag).toBe('MediaDropped')
    expect(deaf.cause).toMatch(/two different media give the same/)
    const padless = await faultOf({ lie: 'drops pads' }, sampleClip)
    expect(padless._tag).toBe('MediaDropped')
    expect(padless.cause).toMatch(/4 log-probabilities for 5 tokens and pads/)
    const none = await faultOf({ lie: 'takes no features' }, sampleClip)
    expect(none._tag).toBe('CannotDo')
    expect(none.cause).toMatch(/does not take patches/)
  })

  test('about its weights is found by the first completion after the step', async () => {
    const { engine, close } = await opened({ lie: 'old weights' })
    const policy = right(engine)
    right(await sampleText(policy))
    right(await policy.optimStep(0.5)())
    const stale = await sampleText(policy)
    expect(E.isLeft(stale) && stale.left.cause).toMatch(/0\.500 from those of the policy that trains/)
    await close()
  })

  test('by its order alone is no lie', async () => {
    const { engine, close } = await opened({ lie: 'choices turned round' })
    const [group = []] = right(await sampleText(right(engine)))
    expect(group.map(({ stop }) => stop)).toEqual(['length', 'stop'])
    await close()
  })
})

describe('versions', () => {
  test.each(['0.7.2', '0.24.0', '0.29.9', 'v0.29.1', '0.29.1rc1.dev3+gabc'])(
    '%s is refused for the advisory',
    async version => {
      const fault = await faultOf({ version }, sampleText)
      expect(fault._tag).toBe('Refused')
      expect(fault.cause).toContain('CVE-2026-105758')
    },
  )
  test.each(['0.30.0', '0.32.1', '0.31.0rc1.dev12+g0123', '1.0.0'])('%s is taken', async version => {
    const { engine, close } = await opened({ version })
    expect(right(engine).sampler.version).toBe(version)
    await close()
  })
  test.each(['', 'dev', 'zero'])('%j is no version', async version => {
    expect((await faultOf({ version }, sampleText)).cause).toMatch(/no version/)
  })
})

describe('what fails on the way', () => {
  const once = (fate: Fate) => {
    const seen = new Set<string>()
    return ({ verb }: Came): Fate => {
      if (seen.has(verb)) return undefined
      seen.add(verb)
      return fate
    }
  }
  const fates: readonly Fate[] = [
    { status: 408 },
    { status: 429 },
    { status: 500 },
    { status: 503 },
    'reset',
    'lost',
    'cut',
  ]
  test.each(fates)('%j is tried again, and every step has its one adapter', async fate => {
    const { server, engine, close } = await opened({ fate: once(fate) })
    const policy = right(engine)
    right(await sampleText(policy))
    right(await policy.optimStep(1)())
    right(await sampleText(policy))
    expect(server.adapters.size).toBe(2)
    await close()
  })
  test('a server that was started again gets the adapter once more, and one that always forgets is refused', async () => {
    const { server, engine, close } = await opened()
    const policy = right(engine)
    right(await sampleText(policy))
    server.adapters.clear()
    right(await sampleText(policy))
    expect(server.log.filter(({ verb }) => verb === 'v1/load_lora_adapter').length).toBe(2)
    await close()
    const forgetful = await opened({ lie: 'forgets' })
    const lost = await sampleText(right(forgetful.engine))
    expect(E.isLeft(lost) && lost.left._tag).toBe('SessionLost')
    await forgetful.close()
  })
  test('adapters that nobody samples from any more leave no folder', async () => {
    const own = await mkdtemp(join(tmpdir(), 'vllm-own-'))
    const { engine, close } = await opened({}, { adapters: own })
    const policy = right(engine)
    for (let step = 0; step < 3; step++) {
      right(await sampleText(policy))
      right(await policy.optimStep(1)())
    }
    await expect.poll(() => readdir(own)).toEqual([])
    await close()
    await rm(own, { recursive: true })
  })
  test('a server that never answers is given up within the patience', async () => {
    const fault = await faultOf({ fate: () => ({ status: 503 }) }, sampleText, { patienceSeconds: 0.05 })
    expect(fault._tag).toBe('NoAnswer')
  })
  test('a policy without an adapter is refused before anything is loaded', async () => {
    const fault = await faultOf({}, sampleText, { trainer: toyTrainer(false) })
    expect(fault._tag).toBe('BadAdapter')
  })
  test('an unknown model is refused with those that there are', async () => {
    const fault = await faultOf({}, sampleText, { model: 'other' })
    expect(fault.cause).toMatch(/has no model other, it has base/)
  })
  test('cancelling and disposing end what is on its way', async () => {
    const { engine, close } = await opened({
      fate: ({ verb }) => (verb === 'v1/completions' ? { status: 503 } : undefined),
    })
    const policy = right(engine)
    const end = new AbortController()
    const cancelled = policy.sample([text], sampling, end.signal)()
    setTimeout(() => end.abort(), 30)
    expect(E.isLeft(await cancelled) && (await cancelled)).toMatchObject({ left: { _tag: 'Cancelled' } })
    const on = policy.sample([text], sampling)()
    setTimeout(() => policy.dispose(), 30)
    expect(await on).toMatchObject({ left: { _tag: 'Disposed' } })
    await close()
  })
})
