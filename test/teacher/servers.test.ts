import { getEventListeners } from 'node:events'
import { either as E, taskEither as TE } from 'fp-ts'
import type { Frames } from 'kinograd/media'
import { annotator, claude, openAiCompatible, questionKey, type Teacher } from 'kinograd/teacher'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { closedAfterEach, fakeServer, type Reply } from './fake-server.ts'

const key = 'sk-ant-very-secret-key-0123456789'
const frames: Frames = { data: new Uint8Array(2 * 8 * 16 * 3).fill(200), count: 2, height: 8, width: 16, times: [0, 1] }
const never = new AbortController().signal
const closed = closedAfterEach()
const serve = (...replies: readonly Reply[]) => closed(fakeServer(...replies))
const again = { 'retry-after-ms': '1' }

interface Api {
  readonly name: string
  readonly path: string
  readonly make: (url: string, more?: { readonly maxRetries?: number; readonly timeoutMs?: number }) => Teacher
  readonly good: unknown
  readonly refused: unknown
  readonly cut: unknown
  readonly wordless: unknown
  readonly spent: unknown
}

const block = (stop: string, content: readonly unknown[], more = {}) => ({
  id: 'msg',
  type: 'message',
  role: 'assistant',
  model: 'm',
  content,
  stop_reason: stop,
  usage: { input_tokens: 11, output_tokens: 7 },
  ...more,
})
const choice = (stop: string, message: unknown) => ({
  choices: [{ index: 0, finish_reason: stop, message }],
  usage: { prompt_tokens: 11, completion_tokens: 7 },
})
const text = { type: 'text', text: 'a chain' }

const apis: readonly Api[] = [
  {
    name: 'claude',
    path: '/v1/messages',
    make: (baseUrl, more = {}) => {
      const made = claude({ model: 'm', apiKey: key, baseUrl, maxRetries: 1, ...more })
      if (E.isLeft(made)) throw new Error(made.left.cause)
      return made.right
    },
    good: block('end_turn', [{ type: 'thinking', thinking: 'secret thoughts', signature: 's' }, text]),
    refused: block('refusal', [], { stop_details: { category: 'reasoning_extraction' } }),
    cut: block('max_tokens', [text]),
    wordless: block('end_turn', []),
    spent: {
      type: 'error',
      error: { type: 'rate_limit_error', message: 'spent', details: { error_code: 'enforced_spend_limit_reached' } },
    },
  },
  {
    name: 'openAiCompatible',
    path: '/v1/chat/completions',
    make: (url, more = {}) =>
      openAiCompatible({ baseUrl: `${url}/v1`, model: 'm', apiKey: key, maxRetries: 1, ...more }),
    good: choice('stop', { role: 'assistant', content: 'a chain' }),
    refused: choice('stop', { role: 'assistant', content: null, refusal: 'no' }),
    cut: choice('length', { role: 'assistant', content: 'a cha' }),
    wordless: choice('stop', { role: 'assistant', content: null }),
    spent: { error: { message: 'spent', type: 'insufficient_quota', code: 'insufficient_quota' } },
  },
]

describe.each(apis)('$name', api => {
  const outcome = async (...replies: readonly Reply[]) => {
    const server = await serve(...replies)
    const result = await api.make(server.url).ask({ prompt: 'q' }, never)()
    return { result, asked: server.seen.length }
  }

  it('sends frames as JPEGs before the text, and nothing that current models refuse', async () => {
    const { url, seen } = await serve({ body: api.good })
    const result = await api.make(url).ask({ prompt: 'What moves?', frames }, never)()
    expect(result).toEqual(E.right({ text: 'a chain', usage: { inputTokens: 11, outputTokens: 7 } }))
    const [request] = seen
    expect(request?.path).toBe(api.path)
    expect(request?.headers.authorization).toBe(`Bearer ${key}`)
    const content = (request?.body.messages as { content: Record<string, unknown>[] }[] | undefined)?.[0]?.content ?? []
    expect(content.map(part => part.type === 'text')).toEqual([false, false, true])
    expect(content[2]?.text).toBe('What moves?')
    const data = /[A-Za-z0-9+/=]{100,}/.exec(JSON.stringify(content[0]))?.[0] ?? ''
    expect(await sharp(Buffer.from(data, 'base64')).metadata()).toMatchObject({ format: 'jpeg', width: 16, height: 8 })
    if (api.name === 'claude') {
      expect(Object.keys(request?.body ?? {}).sort()).toEqual(['max_tokens', 'messages', 'model', 'output_config'])
      expect(request?.body.output_config).toEqual({ effort: 'low' })
    } else expect(request?.body).toMatchObject({ temperature: 0, model: 'm' })
  })

  it.each([
    ['Refused', api.refused],
    ['Truncated', api.cut],
    ['Unreadable', api.wordless],
    ['Unreadable', { hello: 1 }],
    ['Unreadable', '[]'],
    ['Unreadable', 'null'],
    ['Unreadable', '{"choices": ['],
  ])('an answer that is none: %s', async (tag, body) => {
    const { result } = await outcome({ body })
    expect(result).toMatchObject({ left: { _tag: tag } })
  })

  it.each([
    [429, 'RateLimited', 2],
    [529, 'Unreachable', 2],
    [500, 'Unreachable', 2],
    [400, 'BadRequest', 1],
    [413, 'BadRequest', 1],
    [401, 'NoKey', 1],
  ])('status %i is %s after %i tries', async (status, tag, tries) => {
    const body = { type: 'error', error: { type: 'x', message: `no, ${key}` } }
    const { result, asked } = await outcome({ status, headers: again, body })
    expect(result).toMatchObject({ left: { _tag: tag } })
    expect(asked).toBe(tries)
    expect(JSON.stringify(result)).not.toContain(key)
  })

  it('a limit that passes is waited for', async () => {
    const { result, asked } = await outcome(
      { status: 429, headers: again, body: {} },
      { status: 529, headers: again },
      { body: api.good },
    )
    expect([E.isLeft(result), asked]).toEqual([true, 2])
    const server = await serve(
      { status: 429, headers: again, body: {} },
      { status: 529, headers: again },
      { body: api.good },
    )
    const patient = await api.make(server.url, { maxRetries: 2 }).ask({ prompt: 'q' }, never)()
    expect(patient).toMatchObject({ right: { text: 'a chain' } })
  })

  it('money at its end is not a limit that passes', async () => {
    const { result } = await outcome({ status: 429, headers: again, body: api.spent })
    expect(result).toMatchObject({ left: { _tag: 'SpendLimit' } })
  })

  it('silence is timed out', async () => {
    const server = await serve({ fault: 'silent' })
    const result = await api.make(server.url, { maxRetries: 0, timeoutMs: 50 }).ask({ prompt: 'q' }, never)()
    expect(result).toMatchObject({ left: { _tag: 'TimedOut' } })
  })

  it('abort ends the request, also before it began', async () => {
    const server = await serve({ fault: 'silent' })
    const controller = new AbortController()
    const asking = api.make(server.url).ask({ prompt: 'q' }, controller.signal)()
    const poll = setInterval(() => server.seen.length > 0 && controller.abort(), 5)
    expect(await asking).toMatchObject({ left: { _tag: 'Cancelled' } })
    clearInterval(poll)
    expect(await api.make(server.url).ask({ prompt: 'q' }, controller.signal)()).toMatchObject({
      left: { _tag: 'Cancelled' },
    })
    expect(server.seen.length).toBe(1)
  })

  it('a signal that lives through many requests collects no listeners', async () => {
    const { url } = await serve({ body: api.good })
    const { signal } = new AbortController()
    const teacher = api.make(url)
    for (let i = 0; i < 12; i++) await teacher.ask({ prompt: 'q' }, signal)()
    expect(getEventListeners(signal, 'abort').length).toBe(0)
  })

  it('nobody there is a fault', async () => {
    const result = await api.make('http://127.0.0.1:1', { maxRetries: 0 }).ask({ prompt: 'q' }, never)()
    expect(result).toMatchObject({ left: { _tag: 'Unreachable' } })
  })
})

it('Claude without a key, or with more frames than a request takes, is a fault before any request', async () => {
  expect(claude({ model: 'm', apiKey: '' })).toMatchObject({ left: { _tag: 'NoKey' } })
  const made = claude({ model: 'm', apiKey: key, baseUrl: 'http://127.0.0.1:1' })
  const many = { ...frames, count: 601 }
  const asked = E.isRight(made) ? await made.right.ask({ prompt: 'q', frames: many }, never)() : made
  expect(asked).toMatchObject({
    left: { _tag: 'BadRequest', cause: expect.stringContaining('601 frames, at most 600') },
  })
})

describe('videos', () => {
  const answered = choice('stop', { role: 'assistant', content: 'a chain' })
  const contentOf = (body: Record<string, unknown> | undefined) =>
    (body?.messages as { content: Record<string, unknown>[] }[] | undefined)?.[0]?.content

  it('of the server’s own are named by the record, in place of the frames', async () => {
    const { url, seen } = await serve({ body: answered })
    const local = openAiCompatible({ baseUrl: `${url}/v1`, model: 'm' })
    const shown = annotator(local, { video: ({ path }) => TE.right(`file:///clips/${path}`) })
    const record = { id: '1', problem: 'q', problemType: 'numerical', dataType: 'video', options: [] } as const
    const request = { record: { ...record, answer: '3', path: 'a.mp4', source: '' }, prompt: 'What moves?', frames }
    expect(await shown.annotate(request, never)()).toEqual(E.right('a chain'))
    expect(contentOf(seen[0]?.body)).toEqual([
      { type: 'video_url', video_url: { url: 'file:///clips/a.mp4' } },
      { type: 'text', text: 'What moves?' },
    ])
  })

  it('of JPEGs hold the frames in one, and are other questions to a cache', async () => {
    const { url, seen } = await serve({ body: answered })
    const make = (shownAs: 'pictures' | 'video') =>
      openAiCompatible({ baseUrl: `${url}/v1`, model: 'm', frames: shownAs })
    await make('video').ask({ prompt: 'q', frames }, never)()
    const [shown, text] = contentOf(seen[0]?.body) ?? []
    expect(shown).toMatchObject({
      type: 'video_url',
      video_url: { url: expect.stringMatching(/^data:video\/jpeg;base64,[\w+/=]{100,},[\w+/=]{100,}$/) },
    })
    expect(text).toEqual({ type: 'text', text: 'q' })
    const keys = [make('video'), make('pictures')].map(teacher => questionKey(teacher, { prompt: 'q', frames }))
    keys.push(questionKey(make('video'), { prompt: 'q', video: 'a' }), questionKey(make('video'), { prompt: 'q' }))
    expect(new Set(keys).size).toBe(4)
    await make('video').ask({ prompt: 'q' }, never)()
    expect(contentOf(seen[1]?.body)).toEqual([{ type: 'text', text: 'q' }])
  })

  it('are not for Claude, which says so before it asks', async () => {
    const { url, seen } = await serve({ body: answered })
    const made = claude({ model: 'm', apiKey: key, baseUrl: url })
    const asked = E.isRight(made) ? await made.right.ask({ prompt: 'q', video: 'file:///a.mp4' }, never)() : made
    expect(asked).toMatchObject({ left: { _tag: 'BadRequest', cause: 'claude:m: it takes no videos' } })
    expect(seen.length).toBe(0)
  })
})
