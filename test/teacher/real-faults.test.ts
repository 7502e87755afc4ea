import { performance } from 'node:perf_hooks'
import { either as E } from 'fp-ts'
import { isLasting, metered } from 'kinograd/teacher'
import { describe, expect, test } from 'vitest'
import { apis, key } from './apis.ts'
import { answeringServer, closedAfterEach, fakeServer, type Reply } from './fake-server.ts'

const never = new AbortController().signal
const closed = closedAfterEach()
const serve = (...replies: readonly Reply[]) => closed(fakeServer(...replies))
const at = { 'retry-after-ms': '1' }
/** Two thousand in the long suite; a multiple of fifty. */
const asked = process.env.KINOGRAD_FUZZ_RUNS === undefined ? 200 : 2000

describe.each(apis)('$name', ({ make, answer, unfinished, broke, whole }) => {
  const good = { body: answer('here') }
  const bad = { status: 500, headers: at, body: {} }

  test.each(['silent', 'hung'] as const)(
    'a %s answer ends after the time limit, and the next try is made',
    async fault => {
      const server = await serve({ ...good, fault }, good)
      // On a busy machine an answer that comes may be late as well: then it is asked for once more.
      const answered = await make(server.url, { timeoutMs: 500, maxRetries: 20 }).ask({ prompt: 'q' }, never)()
      expect(answered).toMatchObject({ right: { text: 'here' } })
      expect(server.seen.length).toBeGreaterThan(1)
      const always = await serve({ ...good, fault })
      const lost = await make(always.url, { timeoutMs: 50, maxRetries: 0 }).ask({ prompt: 'q' }, never)()
      expect(lost).toMatchObject({ left: { _tag: 'TimedOut' } })
    },
  )

  test.each([
    ['a lost connection in the middle', { ...good, fault: 'lost' }],
    ['a connection that is reset', { ...good, fault: 'reset' }],
    ['cut JSON', { body: JSON.stringify(answer('here')).slice(0, 40) }],
    ['a page instead of JSON', { body: '<html>gateway</html>' }],
  ] as const)('%s is tried again', async (_, reply) => {
    const server = await serve(reply, good)
    expect(await make(server.url).ask({ prompt: 'q' }, never)()).toMatchObject({ right: { text: 'here' } })
    expect(server.seen.length).toBe(2)
  })

  test.each(['100000', new Date(Date.now() + 1e8).toUTCString()])(
    'retry-after of %s is waited for no longer than the cap',
    async wait => {
      const server = await serve({ status: 429, headers: { 'retry-after': wait }, body: {} }, good)
      const answered = await make(server.url, { maxWaitMs: 20 }).ask({ prompt: 'q' }, never)()
      expect(answered).toMatchObject({ right: { text: 'here' } })
    },
  )

  test('a wait ends at once when the signal fires', async () => {
    const server = await serve({ status: 429, headers: { 'retry-after': '50' }, body: {} })
    const controller = new AbortController()
    const begun = performance.now()
    setTimeout(() => controller.abort(), 100)
    const answered = await make(server.url).ask({ prompt: 'q' }, controller.signal)()
    expect(answered).toMatchObject({ left: { _tag: 'Cancelled' } })
    expect(performance.now() - begun).toBeLessThan(20_000)
  })

  test('x-should-retry: false is obeyed', async () => {
    const server = await serve({ ...bad, headers: { ...at, 'x-should-retry': 'false' } })
    expect(await make(server.url).ask({ prompt: 'q' }, never)()).toMatchObject({ left: { _tag: 'Unreachable' } })
    expect(server.seen.length).toBe(1)
  })

  test.each(unfinished)('an answer that stopped with %s is no whole one, and what it cost is told', async stop => {
    const server = await serve({ body: answer('a half', stop) })
    const answered = await make(server.url).ask({ prompt: 'q' }, never)()
    expect(answered).toMatchObject({ left: { _tag: 'Truncated', usage: { inputTokens: 11, outputTokens: 7 } } })
    expect(whole).not.toBe(stop)
  })

  test.each([
    ...broke.map(reply => ['SpendLimit', reply] as const),
    ['NoKey', { status: 401, body: {} }] as const,
    ['NoKey', { status: 403, body: {} }] as const,
    ['NoModel', { status: 404, body: {} }] as const,
  ])('%s ends it after one request, for all questions: %j', async (tag, reply) => {
    const server = await serve({ ...reply, headers: at })
    const teacher = make(server.url, { maxRetries: 4 })
    for (let i = 0; i < 20; i++) {
      const answered = await teacher.ask({ prompt: `q${i}` }, never)()
      expect(answered).toMatchObject({ left: { _tag: tag } })
      if (E.isLeft(answered)) {
        expect(isLasting(answered.left)).toBe(true)
        expect(answered.left.remedy).not.toBe('')
      }
    }
    expect(server.seen.length).toBe(1)
  })

  test.each([`${key}\n`, `"${key}"`, `'${key}'\r\n`, `  ${key}`])(
    'a key as files hold it works and is told nowhere: %j',
    async apiKey => {
      const server = await serve({
        status: 400,
        headers: at,
        body: { error: { message: `no: ${apiKey} ${encodeURIComponent(key)}` } },
      })
      const answered = await make(server.url, { apiKey }).ask({ prompt: 'q' }, never)()
      expect(server.seen[0]?.headers.authorization ?? server.seen[0]?.headers['x-api-key']).toContain(key)
      expect(JSON.stringify(answered)).not.toContain(key)
    },
  )

  test('a key that no header takes is told without showing it', () => {
    const apiKey = 'sk-secret-0123456789-\u0000zz'
    const made = () => make('http://127.0.0.1:1', { apiKey })
    expect(made).toThrow(/holds a character/)
    expect(made).not.toThrow(/secret/)
  })

  test.each([
    { maxTokens: 0 },
    { maxTokens: 1.5 },
    { maxRetries: -1 },
    { timeoutMs: 0 },
    { timeoutMs: Number.NaN },
    { maxWaitMs: Number.POSITIVE_INFINITY },
    { baseUrl: 'localhost:8000' },
  ])('options that no request can have are told where they are made: %j', options => {
    expect(() => make('http://127.0.0.1:1', options)).toThrow(/./)
  })

  test(`${asked} questions among all faults at once: each is answered once, or told why not; tokens as the server counted`, async () => {
    const faults: readonly Reply[] = [
      { status: 500, headers: at, body: {} },
      { status: 429, headers: at, body: {} },
      { ...good, fault: 'lost' },
      { ...good, fault: 'reset' },
      { body: '{"cut": ' },
      { status: 529, headers: at, body: {} },
    ]
    const tries = new Map<string, number>()
    const given = new Map<string, number>()
    let tokens = 0
    const server = await closed(
      answeringServer(({ body }) => {
        const prompt = /q(\d+)/.exec(JSON.stringify(body.messages))?.[1] ?? ''
        const number = Number(prompt)
        const nth = tries.get(prompt) ?? 0
        tries.set(prompt, nth + 1)
        const shaky = number % 5
        if (nth < shaky) return faults[(number + nth) % faults.length] ?? {}
        tokens += 18
        if (number % 50 === 7) return { body: answer('half', unfinished[number % unfinished.length] ?? null) }
        given.set(prompt, (given.get(prompt) ?? 0) + 1)
        return { body: answer(`a${prompt}`) }
      }),
    )
    const meter = metered(make(server.url, { maxRetries: 3, maxWaitMs: 2 }))
    const outcomes: unknown[] = []
    let next = 0
    const worker = async () => {
      while (next < asked) {
        const number = next++
        const answered = await meter.teacher.ask({ prompt: `q${number}` }, new AbortController().signal)()
        outcomes[number] = E.isRight(answered) ? answered.right.text : answered.left._tag
      }
    }
    await Promise.all(Array.from({ length: 16 }, worker))
    const expected = Array.from({ length: asked }, (_, n) =>
      n % 5 === 4
        ? expect.stringMatching(/^(Unreachable|RateLimited|Unreadable)$/)
        : n % 50 === 7
          ? 'Truncated'
          : `a${n}`,
    )
    expect(outcomes).toEqual(expected)
    expect(Math.max(...given.values())).toBe(1)
    const { inputTokens, outputTokens, answers, lost } = meter.spent()
    expect([inputTokens + outputTokens, answers, lost]).toEqual([tokens, asked * 0.78, asked / 50])
    expect(server.seen.length).toBe([...tries.values()].reduce((a, b) => a + b, 0))
  }, 180_000)
})
