import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { policyLoss } from 'kinograd/advantage'
import { serveTinker, tinkerEngine } from 'kinograd/engine/tinker'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { right } from './either.ts'
import { liar } from './liar.ts'
import { toyClip, toyPolicy, toyTokens } from './toy.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'probe-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const quick = { patienceSeconds: 5, pauseSeconds: 0.001 } as const
const clip = { ids: Int32Array.of(1, toyTokens.video, 2), media: [toyClip(1)] }
const text = { ids: Int32Array.of(1, 2), media: [] }
const sampling = { count: 1, maxTokens: 1, temperature: 1, stop: [], seed: 1 }

test('a server that drops media is refused for clips, by its name and why; for text it is taken', async () => {
  const server = right(await serveTinker({ policy: toyPolicy(true), directory: folder, port: 0 })())
  const engine = right(await tinkerEngine({ url: server.address, ...quick })())
  const refused = {
    left: {
      _tag: 'MediaDropped',
      cause: `${server.address} drops media in training without a word: two different media give the same log-probabilities`,
    },
  }
  expect(await engine.sample([clip], sampling)()).toMatchObject(refused)
  expect(await engine.logprobs([{ prompt: clip, completions: [Int32Array.of(5)] }])()).toMatchObject(refused)
  right(await engine.sample([text], sampling)())
  engine.dispose()
  await server.close()
})

test('a server that has fewer log-probabilities than tokens and pads drops media', async () => {
  const server = right(await serveTinker({ policy: toyPolicy(), directory: folder, port: 0 })())
  let last = ''
  const between = await liar(server.address, ({ verb, body }) => {
    if (verb !== 'retrieve_future') last = verb
    const row = { logprobs: { data: [-1, -1], dtype: 'float32', shape: [2] } }
    return verb === 'retrieve_future' && last === 'forward' && body !== ''
      ? { kind: 'json', json: { loss_fn_outputs: [row, row, row] } }
      : { kind: 'truth' }
  })
  const engine = right(await tinkerEngine({ url: between.url, ...quick })())
  expect(await engine.sample([clip], sampling)()).toMatchObject({
    left: { _tag: 'MediaDropped', cause: expect.stringContaining('2 log-probabilities for 4 tokens and pads') },
  })
  engine.dispose()
  await between.close()
  await server.close()
})

test('a server that says nothing of its reduction is tried, and one without forward goes backward with weights of 0', async () => {
  const policy = toyPolicy()
  const server = right(await serveTinker({ policy, directory: folder, port: 0 })())
  const between = await liar(server.address, ({ verb }) => {
    if (verb === 'get_server_capabilities') return { kind: 'json', json: { supported_models: [{ model_name: 'toy' }] } }
    return verb === 'forward' ? { kind: 'status', status: 404 } : { kind: 'truth' }
  })
  const engine = right(await tinkerEngine({ url: between.url, ...quick })())
  expect(engine.server).toMatchObject({ reduction: 'sum', media: 'pictures', own: false })
  const groups = [{ prompt: text, completions: [Int32Array.of(5)] }]
  right(
    await engine.forwardBackward(groups, policyLoss({ beta: 0.1 })({ advantages: [[2]], refLogprobs: [[-0.005]] }))(),
  )
  right(await engine.optimStep(0.5)())
  expect(policy.toys.at(-1)?.steps.length).toBe(1)
  expect(policy.toys.at(-1)?.steps[0]).toBeCloseTo(1, 6)
  engine.dispose()
  await between.close()
  await server.close()
})

test('requests of sampling on their way at once are no more than asked for', async () => {
  const server = right(await serveTinker({ policy: toyPolicy(), directory: folder, port: 0, pollSeconds: 0.1 })())
  let [open, most] = [0, 0]
  const between = await liar(server.address, ({ verb, body }) => {
    if (verb === 'get_server_capabilities') return { kind: 'json', json: { supported_models: [{ model_name: 'toy' }] } }
    if (verb === 'asample') most = Math.max(most, ++open)
    if (verb === 'retrieve_future' && open > 0 && body !== '') open--
    return { kind: 'truth' }
  })
  const engine = right(await tinkerEngine({ url: between.url, ...quick, samplesAtOnce: 2 })())
  const many = right(await engine.sample(Array(9).fill(text), sampling)())
  expect(many.length).toBe(9)
  expect(most).toBeLessThanOrEqual(2)
  engine.dispose()
  await between.close()
  await server.close()
})
