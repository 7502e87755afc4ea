import { either as E } from 'fp-ts'
import { orThrow } from 'kinograd/flow'
import type { Frames } from 'kinograd/media'
import { claudeTokens, type Estimate, estimate, estimateText, imageTokens, questionTokens } from 'kinograd/teacher'
import { describe, expect, test } from 'vitest'
import { key } from './apis.ts'
import { answeringServer, closedAfterEach } from './fake-server.ts'

const closed = closedAfterEach()
const frames: Frames = {
  data: new Uint8Array(16 * 448 * 252 * 3),
  count: 16,
  height: 252,
  width: 448,
  times: Array.from({ length: 16 }, (_, at) => at),
}
const sample = [{ prompt: 'x'.repeat(2100 - 36), frames }]
const annotate = { name: 'annotate', teacher: 'claude:claude-haiku-5-5', requests: 162_000, sample }

const estimated = async (...given: Parameters<typeof estimate>): Promise<Estimate> =>
  orThrow(await estimate(...given)())

describe('the estimate', () => {
  test('of the paper’s data set comes to what is worked out by hand', async () => {
    const live = await estimated(annotate)
    expect(live).toMatchObject({ inputTokens: 162_000 * 3004, outputTokens: 81e6, batches: 0, sampled: 1 })
    expect(live.dollars).toBeCloseTo(48.66 + 40.5, 1)
    expect(live.dollarsAtMost).toBeCloseTo(48.66 + 162_000 * 2048 * 0.5e-6, 1)
    // 487 million tokens in at 2 million a minute take 243 minutes; 81 million out at 400,000 take 202.
    expect(live.hours).toBeCloseTo(486.6 / 2 / 60, 1)
    expect(live.boundBy).toMatch(/^input tokens a minute \(Anthropic/)
    const batched = await estimated(annotate, { batch: true, batchBytes: 16e6 })
    expect(batched.dollars).toBeCloseTo((live.dollars ?? 0) / 2, 6)
    expect(batched).toMatchObject({ hours: 24, batches: Math.ceil(batched.uploadBytes / 16e6) })
    expect(await estimated({ ...annotate, requests: 450_000 }, { batch: true })).toMatchObject({ hours: 72 })
  })

  test.each([
    [{ requestsPerMinute: 100 }, 27, 'requests a minute (mine)'],
    [{ outputTokensPerMinute: 1e5 }, 13.5, 'output tokens a minute (mine)'],
    [{}, undefined, undefined],
  ])('goes by the tightest of the limits: %j', async (limits, hours, boundBy) => {
    expect(await estimated(annotate, { limits: { name: 'mine', ...limits } })).toMatchObject(
      hours === undefined ? { hours, boundBy } : { hours: expect.closeTo(hours, 6), boundBy },
    )
  })

  test('of a server without limits goes by its speed, and has no price that nobody gave', async () => {
    const local = { ...annotate, teacher: 'openai-compatible:qwen' }
    expect(await estimated(local)).toMatchObject({ hours: undefined, dollars: undefined })
    expect(await estimated(local, { speed: { secondsAnAnswer: 4, inFlight: 8 } })).toMatchObject({
      hours: 22.5,
      boundBy: '4 s an answer, 8 at a time',
    })
    const text = estimateText([await estimated(local), await estimated(annotate, { batch: true })])
    expect(text).toContain('cost    unknown: the price list of 2026-11-25 does not have openai-compatible:qwen')
    expect(text).toMatch(/all together: about \$44\.\d\d, at most \$107, without 1 of unknown price$/)
  })

  test('takes the mean of a sample, and its largest question for the most', async () => {
    const prompts = ['a'.repeat(3000), 'b'.repeat(9000)].map(prompt => ({ prompt }))
    const prices = { date: 'd', prices: { 'claude:': { input: 1, output: 1 } } }
    const found = await estimated({ ...annotate, requests: 10, sample: prompts, answerTokens: 9000 }, { prices })
    expect(found).toMatchObject({ inputTokens: 20_120, outputTokens: 20_480 })
    expect(found.dollarsAtMost).toBeCloseTo((10 * (3012 + 2048)) / 1e6, 9)
  })

  test('knows the dearer price of long prompts', async () => {
    const long = { prompt: 'x'.repeat(360_000) }
    const found = await estimated({ ...annotate, requests: 1, sample: [long], answerTokens: 0 })
    expect(found.dollars).toBeCloseTo(120_012 * 0.5e-6, 9)
  })

  test.each([
    [{ sample: [] }, 'the sample is empty'],
    [{ requests: Number.NaN }, 'NaN requests'],
    [{ answerTokens: -1 }, '-1 of at most 2048'],
    [{ sample: [{ prompt: '', frames: { ...frames, width: 9999 } }] }, 'cannot be encoded'],
  ])('that stands on nothing is a fault: %#', async (more, cause) => {
    expect(await estimate({ ...annotate, ...more })()).toMatchObject({
      left: { _tag: 'BadRequest', cause: expect.stringContaining(cause) },
    })
  })

  test('knows how many requests a batch may hold', async () => {
    const short = { ...annotate, requests: 250_000, sample: [{ prompt: 'q' }] }
    expect(await estimated(short, { batch: true, batchBytes: 1e9 })).toMatchObject({ batches: 3 })
  })

  test('of nothing to ask is nothing', async () => {
    const nothing = await estimated({ ...annotate, requests: 0 }, { batch: true })
    expect(nothing).toMatchObject({ inputTokens: 0, dollars: 0, batches: 0 })
    expect(estimateText([nothing])).toContain('annotate: 0 requests')
  })
})

test.each([
  [1, 1, 1],
  [28, 29, 2],
  [448, 252, 144],
  [2576, 100, 92 * 4],
  [5152, 200, 92 * 4],
  [1e5, 1e5, 4784],
])('an image of %i × %i pixels has %i tokens', (width, height, tokens) => {
  expect(imageTokens(width, height)).toBe(tokens)
})

test('text counts by its bytes, whatever its script', () => {
  expect(questionTokens({ prompt: '球有几个' }) - questionTokens({ prompt: '' })).toBe(4)
})

test('the provider counts where it is allowed to; its faults are told, the key is not', async () => {
  const server = await closed(
    answeringServer(({ path, body }) =>
      JSON.stringify(body.messages).includes('bad')
        ? { status: 401, body: { error: { message: `no ${key}` } } }
        : path === '/v1/messages/count_tokens' && body.max_tokens === undefined
          ? { body: { input_tokens: 1234 } }
          : { status: 400, body: {} },
    ),
  )
  const count = orThrow(claudeTokens({ model: 'claude-haiku-5-5', apiKey: `${key}\n`, baseUrl: server.url }))
  const counted = await estimated({ ...annotate, requests: 2 }, { count })
  expect(counted).toMatchObject({ inputTokens: 2468, counted: true })
  const failed = await estimate({ ...annotate, sample: [{ prompt: 'bad' }] }, { count })()
  expect(failed).toMatchObject({ left: { _tag: 'NoKey' } })
  expect(JSON.stringify(failed)).not.toContain(key)
  expect(E.isLeft(claudeTokens({ model: 'm', apiKey: '' }))).toBe(true)
})
