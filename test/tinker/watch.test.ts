import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { function as F, taskEither as TE } from 'fp-ts'
import type { Engine } from 'kinograd/engine'
import { type ServedPolicy, serveTinker, tinkerEngine } from 'kinograd/engine/tinker'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { waitedSince } from '../spent.ts'
import { right } from './either.ts'
import { type Lie, liar, type Seen } from './liar.ts'
import { toyPolicy } from './toy.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'watch-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const prompt = (first: number) => ({ ids: Int32Array.of(first, 2), media: [] })
const sampling = { count: 2, maxTokens: 2, temperature: 1, stop: [7], seed: 1 }

/** The toy, which takes as long for a prompt as its first token says, in tens of milliseconds. */
const slowly = (): ServedPolicy => {
  const policy = toyPolicy()
  const slow = (engine: Engine): Engine => ({
    ...engine,
    sample: (prompts, how) => async () => {
      await sleep(10 * (prompts[0]?.ids[0] ?? 0))
      return engine.sample(prompts, how)()
    },
  })
  return {
    ...policy,
    open: shape =>
      F.pipe(
        policy.open(shape),
        TE.map(opened => ({ ...opened, engine: slow(opened.engine) })),
      ),
  }
}

const truth: Lie = { kind: 'truth' }
const foreign: Lie = { kind: 'json', json: { supported_models: [{ model_name: 'toy' }] } }

/** An engine on a server of others, that offers one poll for many samples and lies about it; and what was asked of the server. */
const through = async (lie: (seen: Seen, n: number) => Lie, patienceSeconds = 20, pauseSeconds = 0.001) => {
  const server = right(await serveTinker({ policy: slowly(), directory: folder, port: 0, pollSeconds: 1 })())
  let polls = 0
  const between = await liar(server.address, seen => {
    if (seen.verb === 'get_server_capabilities') return foreign
    if (seen.verb === 'client/config' || seen.verb === 'retrieve_futures' || seen.verb === 'retrieve_future')
      return lie(seen, seen.verb === 'retrieve_futures' ? polls++ : 0)
    return truth
  })
  const patient = { patienceSeconds, pauseSeconds, requestSeconds: 5 }
  const engine = right(await tinkerEngine({ url: between.url, ...patient, reduction: 'sum' })())
  /** What was asked about samples while the work went on, verb by verb. */
  const asked = async (work: () => Promise<unknown>) => {
    const from = between.log.length
    await work()
    const verbs = between.log.slice(from).map(({ verb }) => verb)
    const made = verbs.lastIndexOf('save_weights_for_sampler')
    // The first poll is of the sampling session itself.
    return verbs.filter((verb, i) => verb.startsWith('retrieve_') && i > made + 1)
  }
  const close = async (): Promise<void> => {
    engine.dispose()
    await between.close()
    await server.close()
  }
  return { engine, asked, close, log: between.log, replies: between.replies }
}

const isMany = (verb: string): boolean => verb === 'retrieve_futures'

/** Samples of prompts that take so long each; all must come, in order. */
const sample = async ({ engine, asked }: Awaited<ReturnType<typeof through>>, tens: readonly number[]) => {
  const verbs = await asked(async () => {
    const groups = right(await engine.sample(tens.map(prompt), sampling)())
    expect(groups.map(group => group.map(({ ids }) => [...ids]))).toEqual(
      tens.map(() => [
        [0, 0],
        [0, 0],
      ]),
    )
  })
  return { many: verbs.filter(isMany).length, single: verbs.filter(verb => !isMany(verb)).length, verbs }
}

describe('one poll for many samples', () => {
  test('says which have ended: each is fetched once, the first while others are under way', async () => {
    const at = await through(() => truth)
    expect(at.engine.server.manyFutures).toBe(true)
    const { many, single, verbs } = await sample(at, [1, 12, 24])
    expect(single).toBe(3)
    expect(many).toBeGreaterThanOrEqual(2)
    expect(verbs.lastIndexOf('retrieve_futures')).toBeGreaterThan(verbs.indexOf('retrieve_future'))
    // A next call on the same session goes on from the cursor.
    expect((await sample(at, [1, 1])).single).toBe(2)
    const cursors = at.log.flatMap(({ verb, body }) => (isMany(verb) ? [JSON.parse(body).prev_cursor] : []))
    expect(cursors.slice(0, many)).toEqual(cursors.slice(0, many).toSorted())
    expect(cursors[many]).toBeGreaterThanOrEqual(2)
    expect(cursors.length).toBeLessThan(12)
    await at.close()
  })

  test('is not used for one sample, nor where the server does not offer it', async () => {
    const at = await through(() => truth)
    expect(await sample(at, [1])).toMatchObject({ many: 0, single: 1 })
    await at.close()
    const silent = await through(({ verb }) => (verb === 'client/config' ? { kind: 'json', json: {} } : truth))
    expect(silent.engine.server.manyFutures).toBe(false)
    expect(await sample(silent, [1, 4])).toMatchObject({ many: 0, single: 2 })
    await silent.close()
  })

  test.each<[string, Lie]>([
    ['lost', { kind: 'lost' }],
    ['cut off', { kind: 'cut' }],
    ['hidden by a 500', { kind: 'hidden', status: 500 }],
    ['a 429', { kind: 'status', status: 429 }],
    ['of another form', { kind: 'json', json: { completions: [{ state: 'finished' }], cursor: 'x' } }],
  ])('whose answer is %s is asked again from the same place', async (_, lie) => {
    const at = await through(({ verb }, n) => (verb === 'retrieve_futures' && n % 2 === 0 ? lie : truth))
    expect(await sample(at, [1, 5, 9])).toMatchObject({ single: 3 })
    await at.close()
  })

  test('that fails again and again, or that the server has not after all, is done without', async () => {
    const failing = await through(({ verb }) => (verb === 'retrieve_futures' ? { kind: 'lost' } : truth))
    expect(await sample(failing, [1, 5])).toMatchObject({ many: 3 })
    await failing.close()
    const none = await through(({ verb }) => (verb === 'retrieve_futures' ? { kind: 'status', status: 404 } : truth))
    expect(await sample(none, [1, 5, 9])).toMatchObject({ many: 1 })
    right(await none.engine.optimStep(0.01)())
    const from = none.log.length
    right(await none.engine.sample([1, 5].map(prompt), sampling)())
    expect(none.log.slice(from).some(({ verb }) => isMany(verb))).toBe(false)
    await none.close()
  })

  test('that never says a word of some, or of all, holds nobody up', async () => {
    const mute: Lie = { kind: 'json', json: { completions: [], cursor: 0 } }
    const at = await through(({ verb }) => (verb === 'retrieve_futures' ? mute : truth), 1, 0.05)
    const began = performance.now()
    await sample(at, [1, 5])
    expect(waitedSince(began)).toBeLessThan(3000)
    expect(at.log.filter(({ verb }) => isMany(verb)).length).toBeLessThan(20)
    await at.close()
  })

  test('that says too early what has ended, and of requests that nobody made, is not believed', async () => {
    const promised = (): readonly string[] =>
      at.replies.flatMap(({ verb, text }) => (verb === 'asample' ? [JSON.parse(text).request_id] : []))
    const early = ({ verb }: Seen): Lie => {
      if (verb !== 'retrieve_futures') return truth
      const completions = ['nobody', ...promised()].map(request_id => ({ state: 'finished', request_id }))
      return { kind: 'json', json: { completions, cursor: 0 } }
    }
    const at = await through(early, 2)
    await sample(at, [6, 12])
    expect(promised()).toHaveLength(2)
    await at.close()
  })

  test('ends for who cancels, and leaves no poll behind', async () => {
    const at = await through(() => truth)
    const abort = new AbortController()
    const sampled = at.engine.sample([300, 300].map(prompt), sampling, abort.signal)()
    for (let tries = 0; !at.log.some(({ verb }) => isMany(verb)) && tries < 200; tries++) await sleep(10)
    abort.abort()
    expect(await sampled).toMatchObject({ left: { _tag: 'Cancelled' } })
    const polls = () => at.log.filter(({ verb }) => isMany(verb)).length
    const before = polls()
    await sleep(100)
    expect(polls()).toBe(before)
    await at.close()
  })
})
