import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { either as E } from 'fp-ts'
import { policyLoss } from 'kinograd/advantage'
import type { Engine } from 'kinograd/engine'
import { type Serving, serveTinker, tinkerEngine } from 'kinograd/engine/tinker'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { waitedSince } from '../spent.ts'
import { right } from './either.ts'
import { type Lie, liar, type Seen } from './liar.ts'
import { toyClip, toyPolicy, toyTokens } from './toy.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lying-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const serving = async (policy = toyPolicy(), port = 0): Promise<Serving> =>
  right(await serveTinker({ policy, directory: join(folder, 'served'), port, pollSeconds: 1 })())

const quick = { patienceSeconds: 20, pauseSeconds: 0.001, requestSeconds: 5 } as const
const prompts = [
  { ids: Int32Array.of(1, toyTokens.video, 2), media: [toyClip(1)] },
  { ids: Int32Array.of(1, 2), media: [] },
]
const sampling = { count: 2, maxTokens: 2, temperature: 1, stop: [7], seed: 1 }

/** One update: samples, scores, and steps along them; every other loss depends on the log-probabilities. Gives what was sampled. */
const update = async (engine: Engine, u: number): Promise<readonly number[]> => {
  const sampled = right(await engine.sample(prompts, sampling)())
  const groups = prompts.map((prompt, p) => ({ prompt, completions: sampled[p]!.map(({ ids }) => ids) }))
  const advantages = groups.flatMap(({ completions }) => completions.map((ids, g) => Array.from(ids, () => u + g)))
  const refLogprobs = advantages.map(row => row.map(() => -1))
  const loss =
    u % 2 === 0 ? policyLoss({ beta: 0 })({ advantages }) : policyLoss({ beta: 0.1 })({ advantages, refLogprobs })
  right(await engine.forwardBackward(groups, loss)())
  right(await engine.optimStep(0.01)())
  return sampled.flat().flatMap(({ ids }) => [...ids])
}

/** The steps of a server that never lies, by the same updates. */
const honest = async (updates: number): Promise<readonly number[]> => {
  const policy = toyPolicy()
  const server = await serving(policy)
  const engine = right(await tinkerEngine({ url: server.address, ...quick })())
  for (let u = 0; u < updates; u++) await update(engine, u)
  engine.dispose()
  await server.close()
  return policy.toys[0]!.steps
}

const truth: Lie = { kind: 'truth' }
const anywhere: readonly Lie[] = [
  ...[408, 429, 500, 502, 503].map(status => ({ kind: 'status', status }) as const),
  { kind: 'reset' },
  { kind: 'lost' },
  { kind: 'cut' },
  { kind: 'hidden', status: 500 },
  { kind: 'hidden', status: 408 },
  { kind: 'twice' },
]
const ofFutures: readonly Lie[] = [
  { kind: 'json', json: { type: 'try_again', request_id: 'x', queue_state: 'paused_capacity' } },
  { kind: 'json', json: { status: 'complete_metadata', response_payload_size: 9 } },
  { kind: 'status', status: 410 },
  { kind: 'status', status: 400 },
  { kind: 'status', status: 402 },
]

describe('a server that lies', () => {
  test('does every update once, in whatever way it lies, and samples the newest weights', {
    timeout: 120_000,
  }, async () => {
    const updates = 4
    const expected = await honest(updates)
    const runs = Number(process.env.KINOGRAD_FUZZ_RUNS ?? 0) > 0 ? 30 : 2
    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(fc.nat(999)), async choices => {
        const policy = toyPolicy()
        const server = await serving(policy)
        const stream = choices[Symbol.iterator]()
        let bad = 0
        const lie = ({ verb }: Seen): Lie => {
          const choice = stream.next().value ?? 0
          const lies = verb === 'retrieve_future' ? [...anywhere, ...ofFutures] : anywhere
          const told = choice % 3 === 0 ? lies[choice % lies.length]! : truth
          // More than three bare 400s in a row are believed.
          bad = told.kind === 'status' && told.status === 400 ? bad + 1 : 0
          return bad > 1 || verb === 'session_heartbeat' ? truth : told
        }
        const between = await liar(server.address, lie)
        const engine = right(await tinkerEngine({ url: between.url, ...quick })())
        for (let u = 0; u < updates; u++) expect(await update(engine, u)).toEqual(Array<number>(8).fill(u))
        engine.dispose()
        await between.close()
        await server.close()
        expect(policy.toys.map(({ steps }) => steps).filter(steps => steps.length > 0)).toEqual([expected])
      }),
      { numRuns: runs },
    )
  })

  const numbered = [
    ...['optim_step', 'forward_backward', 'save_weights', 'save_weights_for_sampler', 'load_weights'],
    ...['asample', 'create_model'],
  ]

  /** Takes what has a number once; what comes again is answered by 409 and no word more. Every second answer of a kind is lost. */
  const strict = () => {
    const taken = new Set<string>()
    const kinds = new Map<string, number>()
    return ({ verb, body }: Seen): Lie => {
      if (!numbered.includes(verb)) return truth
      if (taken.has(body)) return { kind: 'status', status: 409 }
      taken.add(body)
      const before = kinds.get(verb) ?? 0
      kinds.set(verb, before + 1)
      return before % 2 === 0 ? { kind: 'lost' } : truth
    }
  }

  test('by 409 to what it took before, is understood: each update is done once, and goes on', async () => {
    const policy = toyPolicy()
    const server = await serving(policy)
    const lie = strict()
    const told: string[] = []
    const between = await liar(server.address, seen => {
      const one = lie(seen)
      if (one.kind === 'status') told.push(seen.verb)
      return one
    })
    const engine = right(await tinkerEngine({ url: between.url, ...quick })())
    const at = join(folder, 'strict')
    for (let u = 0; u < 4; u++) {
      expect(await update(engine, u)).toEqual(Array<number>(8).fill(u))
      right(await engine.save(at)())
    }
    right(await engine.load(at)())
    for (let u = 4; u < 6; u++) expect(await update(engine, u)).toEqual(Array<number>(8).fill(u))
    expect(policy.toys.at(-1)?.steps).toEqual(await honest(6))
    expect(new Set(told)).toEqual(new Set(numbered))
    engine.dispose()
    await between.close()
    await server.close()
  })

  test('by 409 to what it never saw, is trained no further until a checkpoint is loaded', async () => {
    const policy = toyPolicy()
    const server = await serving(policy)
    let conflict = false
    const between = await liar(server.address, ({ verb }) =>
      conflict && verb === 'optim_step' ? { kind: 'status', status: 409 } : truth,
    )
    const engine = right(await tinkerEngine({ url: between.url, ...quick })())
    const at = join(folder, 'conflict')
    await update(engine, 0)
    right(await engine.save(at)())
    const groups = [{ prompt: prompts[1]!, completions: [Int32Array.of(3)] }]
    const loss = policyLoss({ beta: 0 })({ advantages: [[1]] })
    right(await engine.forwardBackward(groups, loss)())
    conflict = true
    expect(await engine.optimStep(0.01)()).toMatchObject({ left: { _tag: 'OutOfStep' } })
    conflict = false
    for (const verb of [engine.forwardBackward(groups, loss), engine.optimStep(0.01), engine.sample(prompts, sampling)])
      expect(await verb()).toMatchObject({ left: { _tag: 'OutOfStep' } })
    right(await engine.load(at)())
    for (let u = 1; u < 4; u++) await update(engine, u)
    expect(policy.toys.at(-1)?.steps).toEqual(await honest(4))
    engine.dispose()
    await between.close()
    await server.close()
  })

  /** Pays no heed to numbers: what comes twice is done twice, as by SkyRL 0.3.0 and open-rl. */
  const heedless = () => {
    const next = new Map<string, number>()
    return ({ body }: Seen): string => {
      const { model_id: id, seq_id: given, ...rest } = JSON.parse(body)
      if (typeof id !== 'string' || typeof given !== 'number') return body
      const number = next.get(id) ?? 1
      next.set(id, number + 1)
      return JSON.stringify({ ...rest, model_id: id, seq_id: number })
    }
  }

  test('and does twice what comes twice, is sent nothing again that it may have taken', async () => {
    const policy = toyPolicy()
    const server = await serving(policy)
    const foreign = { kind: 'json', json: { supported_models: [{ model_name: 'toy' }] } } as const
    let lose: string | undefined
    let sent = 0
    const between = await liar(
      server.address,
      ({ verb }) => {
        if (verb === 'get_server_capabilities') return foreign
        if (verb !== lose) return truth
        sent++
        return { kind: 'lost' }
      },
      heedless(),
    )
    const engine = right(await tinkerEngine({ url: between.url, ...quick })())
    expect(engine.server).toMatchObject({ replays: 'anew', reduction: 'sum' })
    const text = [{ prompt: prompts[1]!, completions: [Int32Array.of(3)] }]
    const step = async (u: number): Promise<boolean> => {
      const loss = policyLoss({ beta: 0 })({ advantages: [[u + 1]] })
      const passed = await engine.forwardBackward(text, loss)()
      return E.isRight(passed) && E.isRight(await engine.optimStep(0.01)())
    }
    const at = join(folder, 'heedless')
    for (let u = 0; u < 3; u++) {
      for (const verb of ['forward_backward', 'optim_step'] as const) {
        right(await engine.save(at)())
        ;[lose, sent] = [verb, 0]
        expect(await step(u)).toBe(false)
        lose = undefined
        expect(sent).toBe(1)
        expect(await engine.optimStep(0.01)()).toMatchObject({ left: { _tag: 'OutOfStep' } })
        right(await engine.load(at)())
      }
      expect(await step(u)).toBe(true)
    }
    const once = [1, 2, 3].map(advantage => 0.01 * advantage)
    expect(policy.toys.at(-1)?.steps.length).toBe(3)
    for (const [u, change] of policy.toys.at(-1)!.steps.entries()) expect(change).toBeCloseTo(once[u]!, 12)
    engine.dispose()
    await between.close()
    await server.close()
  })

  test('that gives a sampling session of before, or another number of log-probabilities, is refused', async () => {
    const server = await serving()
    let old: string | undefined
    let short = false
    const between = await liar(server.address, ({ verb, body }) => {
      if (verb !== 'retrieve_future') return truth
      if (old !== undefined && body.includes(old)) return truth
      return short
        ? { kind: 'json', json: { loss_fn_outputs: [{ logprobs: { data: [-1], dtype: 'float32', shape: [1] } }] } }
        : truth
    })
    const engine = right(await tinkerEngine({ url: between.url, ...quick })())
    right(await engine.sample(prompts, sampling)())
    short = true
    const groups = [{ prompt: prompts[1]!, completions: [Int32Array.of(3, 4)] }]
    expect(await engine.logprobs(groups)()).toMatchObject({
      left: { _tag: 'BadAnswer', cause: expect.stringContaining('1 log-probabilities for 3 tokens') },
    })
    old = 'none'
    engine.dispose()
    await between.close()
    await server.close()
  })
})

describe('a server that was killed', () => {
  test('is gone on with from the last checkpoint, by the client that was there and by a new one', {
    timeout: 120_000,
  }, async () => {
    const updates = Number(process.env.KINOGRAD_FUZZ_RUNS ?? 0) > 0 ? 20 : 4
    const expected = await honest(updates)
    let policy = toyPolicy()
    let server = await serving(policy)
    const port = Number(new URL(server.address).port)
    const options = { url: server.address, ...quick, patienceSeconds: 0.2 }
    let engine = right(await tinkerEngine(options)())
    const at = join(folder, 'killed')
    right(await engine.save(at)())
    let done = 0
    for (let kill = 0; done < updates; kill++) {
      await update(engine, done)
      right(await engine.save(at)())
      done++
      const groups = [{ prompt: prompts[1]!, completions: [Int32Array.of(3)] }]
      // A half of an update that must leave no trace.
      right(await engine.forwardBackward(groups, policyLoss({ beta: 0 })({ advantages: [[1]] }))())
      if (kill % 2 === 0) {
        const lost = engine.optimStep(0.01)()
        await server.close()
        await lost
        policy = toyPolicy()
        server = await serving(policy, port)
        right(await engine.load(at)())
      } else {
        engine.dispose()
        engine = right(await tinkerEngine(options)())
        right(await engine.load(at)())
      }
    }
    expect(policy.toys.at(-1)?.steps).toEqual(expected)
    engine.dispose()
    await server.close()
  })

  test('or cannot be reached is said within the patience, without the key', async () => {
    const key = 'a-key-that-nobody-may-read'
    const began = performance.now()
    const failed = await tinkerEngine({ url: 'http://127.0.0.1:9', key, patienceSeconds: 0.2, pauseSeconds: 0.01 })()
    expect(failed).toMatchObject({ left: { _tag: 'NoAnswer' } })
    expect(waitedSince(began)).toBeLessThan(5000)
    expect(JSON.stringify(failed)).not.toContain(key)
  })

  test('is not waited for by who cancels', async () => {
    const server = await serving()
    const between = await liar(server.address, ({ verb }) =>
      verb === 'retrieve_future' ? { kind: 'json', json: { type: 'try_again', request_id: 'x' } } : truth,
    )
    const abort = new AbortController()
    const opening = tinkerEngine({ url: between.url, ...quick }, abort.signal)()
    setTimeout(() => abort.abort(), 100)
    expect(await opening).toMatchObject({ left: { _tag: 'Cancelled' } })
    await between.close()
    await server.close()
    expect(E.isLeft(await opening)).toBe(true)
  })
})
