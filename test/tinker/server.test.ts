import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ServeOptions, serveTinker } from 'kinograd/engine/tinker'
import { main } from 'kinograd/run'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { serveCommand } from '../../src/cli/serve.ts'
import { right } from './either.ts'
import { toyPolicy } from './toy.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'server-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const json = { 'content-type': 'application/json' }

/** A server with a toy, and what sends it requests. */
const toyServer = async (options: Partial<ServeOptions> = {}) => {
  const policy = toyPolicy()
  const server = right(await serveTinker({ policy, directory: folder, port: 0, pollSeconds: 0.05, ...options })())
  const post = async (verb: string, body: object | string, headers: Readonly<Record<string, string>> = json) => {
    const reply = await fetch(`${server.address}/api/v1/${verb}`, {
      method: 'POST',
      headers,
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
    return { status: reply.status, body: await reply.json() }
  }
  const collect = async (request_id: string) => {
    for (;;) {
      const { body } = await post('retrieve_future', { request_id })
      if (body.type !== 'try_again') return body
    }
  }
  const session = async () => (await post('create_session', { tags: [] })).body.session_id as string
  const model = async (session_id: string) => {
    const asked = await post('create_model', {
      session_id,
      model_seq_id: 0,
      base_model: 'toy',
      lora_config: { rank: 4 },
    })
    return (await collect(asked.body.request_id)).model_id as string
  }
  return { ...server, post, collect, session, model, toys: policy.toys }
}
const step = (model_id: string, seq_id: number, learning_rate = 1) => ({
  model_id,
  seq_id,
  adam_params: { learning_rate },
})

describe('who comes in', () => {
  test('has a key of the file, a type that pages cannot send, and the right name of this machine', async () => {
    const keys = ['a-key-that-is-long-enough']
    const { address, post, close } = await toyServer({ keys })
    expect((await post('create_session', {})).status).toBe(401)
    expect((await post('create_session', {}, { ...json, 'x-api-key': 'another-key-of-some-length' })).status).toBe(401)
    expect((await post('create_session', {}, { ...json, 'x-api-key': keys[0]! })).status).toBe(200)
    expect((await post('create_session', {}, { 'content-type': 'text/plain', 'x-api-key': keys[0]! })).status).toBe(415)
    const { request } = await import('node:http')
    const status = await new Promise(resolve =>
      request(`${address}/api/v1/healthz`, { headers: { host: 'evil.example', 'x-api-key': keys[0]! } }, reply =>
        resolve(reply.resume().statusCode),
      ).end(),
    )
    expect(status).toBe(403)
    await close()
  })
  test('comes in from elsewhere by a key alone', async () => {
    const open = await serveTinker({ policy: toyPolicy(), directory: folder, port: 0, host: '0.0.0.0' })()
    expect(open).toMatchObject({ left: { _tag: 'NoKey' } })
  })
})

describe('requests', () => {
  test('of one number are one request, of another body refused, and done in order', async () => {
    const { post, collect, session, model, toys, close } = await toyServer()
    const id = await model(await session())
    const late = await post('optim_step', step(id, 2, 2))
    expect((await post('retrieve_future', { request_id: late.body.request_id })).body.type).toBe('try_again')
    const first = await post('optim_step', step(id, 1))
    const again = await post('optim_step', step(id, 1))
    expect(again.body.request_id).toBe(first.body.request_id)
    expect((await post('optim_step', step(id, 1, 3))).status).toBe(409)
    await collect(late.body.request_id)
    expect((await post('optim_step', step(id, 2, 2))).body.request_id).toBe(late.body.request_id)
    expect(toys[0]?.steps.length).toBe(2)
    expect((await post('optim_step', step(id, 5000))).status).toBe(429)
    await close()
  })
  test('of sampling are told of by one poll when they ended, from a cursor on', async () => {
    const { post, session, model, close } = await toyServer()
    const id = await model(await session())
    const saved = await post('save_weights_for_sampler', { model_id: id, seq_id: 1, sampling_session_seq_id: 0 })
    const sampler = (await post('retrieve_future', { request_id: saved.body.request_id })).body.sampling_session_id
    const target = { type: 'sampling_session', sampling_session_id: sampler, cloned_sampler_id: 0 }
    const poll = async (prev_cursor: number) =>
      (await post('retrieve_futures', { target, prev_cursor, timeout: 0, retrieved_request_ids: [] })).body
    expect(await poll(0)).toEqual({ completions: [], cursor: 0 })
    const ask = async (seq_id: number, stop: readonly unknown[]) => {
      const prompt = { chunks: [{ type: 'encoded_text', tokens: [1, 2] }] }
      const sampling_params = { max_tokens: 2, temperature: 1, stop }
      const body = { sampling_session_id: sampler, seq_id, prompt, num_samples: 1, sampling_params }
      return (await post('asample', body)).body.request_id as string
    }
    const good = await ask(0, [7])
    const bad = await ask(1, ['a text'])
    for (let tries = 0; (await poll(0)).cursor < 2 && tries < 100; tries++) await new Promise(r => setTimeout(r, 10))
    const finished = { state: 'finished', request_id: good, response_payload_uncompressed_size: 0 }
    const failed = { state: 'failed', request_id: bad }
    expect((await poll(0)).completions).toEqual(expect.arrayContaining([finished, failed]))
    expect(await poll(2)).toEqual({ completions: [], cursor: 2 })
    expect((await poll(1)).completions).toHaveLength(1)
    const nobody = { target: { ...target, sampling_session_id: 'x' } }
    expect((await post('retrieve_futures', nobody)).status).toBe(404)
    await close()
  })
  test('that are no requests are refused in a sentence', async () => {
    const { post, session, model, close } = await toyServer({ bodyBytes: 1000 })
    const id = await model(await session())
    const refused = async (verb: string, body: object | string, status: number) =>
      expect([verb, (await post(verb, body)).status]).toEqual([verb, status])
    await refused('optim_step', '{', 400)
    await refused('optim_step', `${'['.repeat(300)}`, 400)
    await refused('optim_step', { model_id: id, seq_id: -1, adam_params: {} }, 400)
    await refused('optim_step', step('nobody', 1), 404)
    await refused('asample', 'x'.repeat(2000), 413)
    await refused('no_such_verb', {}, 404)
    await refused('constructor', {}, 404)
    await refused('retrieve_future', { request_id: 'x' }, 410)
    await refused('save_weights_for_sampler', { model_id: id, seq_id: 1, kind: 'inflight' }, 400)
    await close()
  })
  test('beyond the bound are told to wait', async () => {
    const { post, session, model, close } = await toyServer({ waiting: 3 })
    const id = await model(await session())
    const statuses: number[] = []
    for (let n = 2; n < 7; n++) statuses.push((await post('optim_step', step(id, n))).status)
    expect(statuses).toEqual([200, 200, 200, 429, 429])
    await close()
  })
})

test('a sampling session of before a step is refused; weights that have a name are sampled later', async () => {
  const { post, collect, session, model, close } = await toyServer()
  const session_id = await session()
  const id = await model(session_id)
  const prompt = { chunks: [{ type: 'encoded_text', tokens: [1, 2] }] }
  const sample = async (sampling_session_id: string, seq_id: number) => {
    const { body } = await post('asample', { sampling_session_id, seq_id, prompt, sampling_params: { max_tokens: 1 } })
    expect(body.sample_sequence_ids).toHaveLength(1)
    return collect(body.request_id)
  }
  const saved = async (seq_id: number, more: object) =>
    collect((await post('save_weights_for_sampler', { model_id: id, seq_id, ...more })).body.request_id)
  const { sampling_session_id } = await saved(1, { sampling_session_seq_id: 0 })
  const { path } = await saved(2, { path: 'kept' })
  expect((await sample(sampling_session_id, 0)).sequences[0].tokens).toEqual([0])
  await collect((await post('optim_step', step(id, 3))).body.request_id)
  expect((await sample(sampling_session_id, 1)).error).toContain('is of step 0 of its model, which is at step 1')
  const named = await post('create_sampling_session', { session_id, sampling_session_seq_id: 1, model_path: path })
  expect((await sample(named.body.sampling_session_id, 0)).sequences[0].tokens).toEqual([0])
  const escaped = await post('create_sampling_session', {
    session_id,
    sampling_session_seq_id: 2,
    model_path: 'tinker://../weights/x',
  })
  expect((await sample(escaped.body.sampling_session_id, 0)).error).toContain('there are no weights')
  await close()
})

test('a session that is silent ends, and its client is told', async () => {
  const { post, session, model, close } = await toyServer({ sessionSeconds: 0.2 })
  const session_id = await session()
  const id = await model(session_id)
  await new Promise(resolve => setTimeout(resolve, 1500))
  expect((await post('session_heartbeat', { session_id })).status).toBe(410)
  expect((await post('optim_step', step(id, 1))).status).toBe(404)
  await close()
})

test('kinograd serve says what is missing', async () => {
  const lines: string[] = []
  const terminal = {
    out: (line: string) => lines.push(line),
    err: (line: string) => lines.push(line),
    env: {},
    cwd: folder,
  }
  expect(await main(['serve'], terminal, [serveCommand])).toBe(2)
  expect(await main(['serve', '--checkpoint', 'none'], terminal, [serveCommand])).toBe(1)
  expect(await main(['serve', '--checkpoint', 'none', '--keys', 'none'], terminal, [serveCommand])).toBe(3)
  expect(lines.join('\n')).toContain('--checkpoint is missing')
})
