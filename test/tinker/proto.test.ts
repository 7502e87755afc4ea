import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { either as E } from 'fp-ts'
import { policyLoss } from 'kinograd/advantage'
import { serveTinker, tinkerEngine } from 'kinograd/engine/tinker'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { samplesFromProto, trainingFromProto } from '../../src/engine/tinker/wire/proto-results.ts'
import { samplesToProto, trainingToProto } from '../../src/engine/tinker/wire/proto-write.ts'
import { right } from './either.ts'
import { liar } from './liar.ts'
import { toyPolicy } from './toy.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'proto-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('results in protobuf', () => {
  const samples = {
    sequences: [
      { tokens: [1, 70_000], logprobs: [-0.5, -2], stop_reason: 'length' },
      { tokens: [], logprobs: [], stop_reason: 'stop' },
    ],
    prompt_logprobs: [null, -1.25],
  }
  const rows = [[-0.5, -0.25, 0], [], [-8]]
  const training = {
    loss_fn_outputs: rows.map(data => ({ logprobs: { data, dtype: 'float32', shape: [data.length] } })),
    metrics: { 'loss:sum': 3.5 },
  }
  test('are read as they were written', () => {
    expect(samplesFromProto(samplesToProto(samples))).toEqual(E.right(samples))
    expect(trainingFromProto(trainingToProto(training))).toEqual(
      E.right({ loss_fn_outputs: rows.map(data => ({ logprobs: { data } })), metrics: training.metrics }),
    )
  })
  test('that are cut off, or something else, are said to be none', () => {
    for (const bytes of [samplesToProto(samples).subarray(0, 9), Uint8Array.of(255, 255, 255, 255, 255)])
      expect(samplesFromProto(bytes)).toMatchObject({ left: expect.stringContaining('is no SampleResponse') })
    for (const bytes of [trainingToProto(training).subarray(0, 40), Uint8Array.of(18, 2, 18, 0)])
      expect(trainingFromProto(bytes)).toMatchObject({ left: expect.stringContaining('is no ForwardBackwardOutput') })
  })
})

test('a server that answers in protobuf is understood, and one of which it cannot be is refused', async () => {
  const policy = toyPolicy()
  const server = right(await serveTinker({ policy, directory: folder, port: 0 })())
  let broken = false
  const between = await liar(server.address, ({ verb, body }) => {
    if (verb === 'get_server_capabilities') return { kind: 'json', json: { supported_models: [{ model_name: 'toy' }] } }
    return broken && verb === 'retrieve_future' && body !== ''
      ? { kind: 'proto', bytes: Uint8Array.of(255) }
      : { kind: 'truth' }
  })
  const engine = right(await tinkerEngine({ url: between.url, pauseSeconds: 0.001 })())
  const prompt = { ids: Int32Array.of(1, 2), media: [] }
  const sampling = { count: 2, maxTokens: 3, temperature: 1, stop: [], seed: 1 }
  const [group] = right(await engine.sample([prompt], sampling)())
  expect(group?.map(({ ids, logprobs, stop }) => [[...ids], [...logprobs], stop])).toEqual(
    Array(2).fill([[0, 0, 0], [-1, -1, -1], 'length']),
  )
  const groups = [{ prompt, completions: [Int32Array.of(5)] }]
  right(await engine.forwardBackward(groups, policyLoss({ beta: 0 })({ advantages: [[2]] }))())
  right(await engine.optimStep(0.5)())
  expect(policy.toys.at(-1)?.steps).toEqual([1])
  expect(between.types.get('retrieve_future')).toContain('application/x-protobuf')
  broken = true
  expect(await engine.logprobs(groups)()).toMatchObject({ left: { _tag: 'BadAnswer' } })
  engine.dispose()
  await between.close()
  await server.close()
})
