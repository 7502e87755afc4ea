import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { either as E, taskEither as TE } from 'fp-ts'
import { orThrow } from 'kinograd/flow'
import { claudeBatches, type Told } from 'kinograd/teacher'
import { describe, expect, test } from 'vitest'
import { key } from './apis.ts'
import { batchServer, fakeAnswer } from './batch-server.ts'
import { all, type BatchServer, batching, expected, never, paidOnce, questions, text } from './batching.ts'

const { serve, opened, attempt, folder } = batching()

describe('a batch', () => {
  test('answers each question once, in chunks by count, at half the price', async () => {
    const server = await serve()
    const batches = await opened(server.url, { chunkRequests: 7 })
    const told = await all(batches, 50)
    expect(told.map(text)).toEqual(expected(50))
    const { calls, inputTokens, outputTokens, billed } = server.counted()
    expect([calls.create, calls.list]).toEqual([8, 0])
    expect([...billed.values()]).toEqual(Array.from({ length: 50 }, () => 1))
    expect(batches.spent()).toMatchObject({ inputTokens, outputTokens, answers: 50, lost: 0 })
    expect(batches.spent().dollars).toBeCloseTo((inputTokens * 0.05 + outputTokens * 0.25) / 1e6, 12)
    expect(batches.underWay()).toEqual({ batches: [], requests: 0 })
    expect(await readFile(join(folder(), 'batches.jsonl'), 'utf8')).not.toContain(key)
  })
})

describe('what goes wrong with a batch', () => {
  test.each(['lost after', 'hung after', 'page'] as const)(
    'a create whose answer is %s is found in the list, and not sent again',
    async trouble => {
      const server = await serve({ trouble: ({ kind, nth }) => (kind === 'create' && nth === 1 ? trouble : undefined) })
      const batches = await opened(server.url, { chunkRequests: 10, timeoutMs: 200 })
      expect((await all(batches, 30)).map(text)).toEqual(expected(30))
      expect(server.counted().calls.create).toBe(3)
      paidOnce(server, batches, 30)
    },
  )

  test('one that never came is sent again, once the list has not shown it for the settling time', async () => {
    const server = await serve({
      trouble: ({ kind, nth }) => (kind === 'create' && nth === 0 ? 'reset before' : undefined),
    })
    const batches = await opened(server.url)
    expect((await all(batches, 5)).map(text)).toEqual(expected(5))
    expect(server.counted().calls).toMatchObject({ create: 2 })
    paidOnce(server, batches, 5)
  })

  test('a list that lags behind, a clock that is hours ahead, and batches of others of the same size do no harm', async () => {
    const server = await serve({
      unlistedMs: 60,
      unknownMs: 40,
      clockAheadMs: 7_200_000,
      workMs: 80,
      trouble: ({ kind, nth }) => (kind === 'create' && nth === 1 ? 'lost after' : undefined),
    })
    const stranger = await opened(server.url, { journal: join(folder(), 'stranger'), settleMs: 400 })
    const theirs = (async () => {
      const told: Told<number>[] = []
      for await (const one of stranger.answers(questions(5, 100), never)) told.push(one)
      return told
    })()
    await new Promise(resolve => setTimeout(resolve, 50))
    const batches = await opened(server.url, { settleMs: 400 })
    expect((await all(batches, 5)).map(text)).toEqual(expected(5))
    expect((await theirs).length).toBe(5)
    expect(server.counted().calls.create).toBe(2)
  })

  test('a batch that is unknown right after it was made is waited for; one that stays so is told', async () => {
    const server = await serve({ unknownMs: 60 })
    expect((await all(await opened(server.url), 3)).map(text)).toEqual(expected(3))
    const strange = await serve({ trouble: ({ kind }) => (kind === 'retrieve' ? { status: 404 } : undefined) })
    const batches = await opened(strange.url, { journal: join(folder(), 'other') })
    const told = await all(batches, 3)
    expect(told.map(text)).toEqual(['NoBatch', 'NoBatch', 'NoBatch'])
    expect(strange.counted().calls.create).toBe(1)
    expect(batches.underWay()).toEqual({ batches: ['msgbatch_0'], requests: 3 })
  })

  test.each([
    'cut',
    'cut in a line',
    'hung',
    'lost after',
    'reset before',
    { status: 500 },
    { status: 429, headers: { 'retry-after': '10000' } },
  ] as const)('results that are %j are read again, and nothing is counted twice', async trouble => {
    const server = await serve({ trouble: ({ kind, nth }) => (kind === 'results' && nth < 2 ? trouble : undefined) })
    const batches = await opened(server.url)
    expect((await all(batches, 20)).map(text)).toEqual(expected(20))
    expect(server.counted().calls.results).toBe(3)
    paidOnce(server, batches, 20)
  })

  test('results that are unknown for a moment are waited for; results of no known kind are told, and not asked for again', async () => {
    const server = await serve({
      result: prompt => (prompt === 'q1' ? ('postponed' as 'expired') : 'answer'),
      trouble: ({ kind, nth }) => (kind === 'results' && nth === 0 ? { status: 404 } : undefined),
    })
    const batches = await opened(server.url)
    expect((await all(batches, 3)).map(text)).toEqual([fakeAnswer('q0'), 'Unreadable', fakeAnswer('q2')])
    expect((await all(batches, 2)).map(text)).toEqual([fakeAnswer('q0'), 'Unreadable'])
    expect(server.counted().calls.create).toBe(1)
  })

  test('counts that are wrong, and lines that come twice, hide no missing result', async () => {
    const server = await serve({ isMiscounting: true })
    const batches = await opened(server.url)
    expect((await all(batches, 20)).map(text)).toEqual(expected(20))
    paidOnce(server, batches, 20)
  })

  test('a function among the options that throws ends it, and does not let anybody wait', async () => {
    const server = await serve({ trouble: ({ kind }) => (kind === 'create' ? 'reset before' : undefined) })
    const batches = await opened(server.url, {
      notice: () => {
        throw new Error('no terminal')
      },
    })
    const told = await all(batches, 3)
    expect(told.map(text)).toEqual(['BadRequest', 'BadRequest', 'BadRequest'])
    const none = async () => {
      for await (const _ of batches.answers(questions(3), never, { preparing: 0 })) void _
    }
    await expect(none()).rejects.toThrow(/preparing is 0/)
  })

  test('results that stay cut are told, and collected by the next process', async () => {
    let mended = false
    const server = await serve({ trouble: ({ kind }) => (kind === 'results' && !mended ? 'cut' : undefined) })
    const batches = await opened(server.url, { patienceMs: 100, idleMs: 5000 })
    const told = (await all(batches, 20)).map(text)
    expect(told.filter(one => one === 'Unreadable')).toHaveLength(10)
    await batches.close()
    mended = true
    const next = await opened(server.url)
    expect((await all(next, 20)).map(text)).toEqual(expected(20))
    expect(server.counted().calls.create).toBe(1)
    paidOnce(server, next, 20)
  })

  test.each([{ status: 529 }, { status: 429, headers: { 'retry-after': '100000' } }, { status: 500 }])(
    '%j passes, whatever is called',
    async reply => {
      const server = await serve({ trouble: ({ nth }) => (nth < 2 ? reply : undefined) })
      const batches = await opened(server.url)
      expect((await all(batches, 4)).map(text)).toEqual(expected(4))
      paidOnce(server, batches, 4)
    },
  )

  test('expired requests and failures of the server are sent again, so often and no more', async () => {
    const server = await serve({
      result: (prompt, round) => {
        const number = Number(prompt.slice(1))
        if (number === 0) return 'expired'
        if (number === 1) return 'errored:overloaded_error:busy'
        if (number < 10 && round < 2) return number % 2 === 0 ? 'expired' : 'errored:api_error'
        return 'answer'
      },
    })
    const batches = await opened(server.url)
    const told = await all(batches, 20)
    expect(told.map(text)).toEqual(['TimedOut', 'Unreachable', ...expected(20).slice(2)])
    expect(told[0]?.answer).toMatchObject({ left: { cause: expect.stringContaining('(sent 3 times)') } })
    paidOnce(server, batches, 18)
    expect(server.counted().requests).toBe(20 + 10 + 10)
  })

  test('refused, cut, wrong and canceled requests are told by type; what was billed is counted and never asked again', async () => {
    const kinds = ['refusal', 'cut', 'errored:invalid_request_error:bad image', 'canceled', 'answer'] as const
    const server = await serve({ result: prompt => kinds[Number(prompt.slice(1))] ?? 'answer' })
    const batches = await opened(server.url)
    const told = await all(batches, 5)
    expect(told.map(text)).toEqual(['Refused', 'Truncated', 'BadRequest', 'Cancelled', fakeAnswer('q4')])
    expect(told[0]?.answer).toMatchObject({ left: { usage: { outputTokens: 20 } } })
    expect(batches.spent()).toMatchObject({ answers: 1, lost: 2 })
    paidOnce(server, batches, 3)
    await batches.close()
    const again = await opened(server.url)
    expect((await all(again, 3)).map(text)).toEqual(['Refused', 'Truncated', 'BadRequest'])
    expect(server.counted().calls.create).toBe(1)
    // Nothing was billed for the one that was canceled: it is sent anew.
    expect((await all(again, 4)).map(text).at(-1)).toBe('Cancelled')
    expect(server.counted().calls.create).toBe(2)
    expect(again.spent()).toEqual(batches.spent())
  })

  test('a batch that failed for lack of credit is no bad request: nothing more is sent, and it is once there is credit', async () => {
    let credit = false
    const words = 'errored:invalid_request_error:Your credit balance is too low to access the Anthropic API.'
    const server = await serve({ result: () => (credit ? 'answer' : (words as 'errored:x')) })
    const batches = await opened(server.url, { chunkRequests: 5 })
    const told = await all(batches, 40)
    expect(new Set(told.map(text))).toEqual(new Set(['SpendLimit']))
    await batches.close()
    const { create } = server.counted().calls
    expect(create).toBeLessThanOrEqual(8)
    credit = true
    const again = await opened(server.url, { chunkRequests: 5 })
    expect((await all(again, 40)).map(text)).toEqual(expected(40))
    paidOnce(server, again, 40)
  })

  test.each([
    ['NoKey', { status: 401 }],
    ['NoKey', { status: 403 }],
    ['NoModel', { status: 404 }],
    ['SpendLimit', { status: 402 }],
    [
      'SpendLimit',
      { status: 400, body: { type: 'error', error: { type: 'x', message: `Your credit balance is too low ${key}` } } },
    ],
  ] as const)('%s at a create ends it after one call: %j', async (tag, reply) => {
    const server = await serve({ trouble: ({ kind }) => (kind === 'create' ? reply : undefined) })
    const batches = await opened(server.url, { chunkRequests: 5, apiKey: `"${key}"\n` })
    const told = await all(batches, 30)
    expect(new Set(told.map(text))).toEqual(new Set([tag]))
    expect(server.counted().calls).toMatchObject({ create: 1, list: 0 })
    expect(JSON.stringify(told)).not.toContain(key)
    expect(batches.underWay().requests).toBe(0)
  })

  test('a chunk that is refused fails alone', async () => {
    const server = await serve({
      trouble: ({ kind, nth }) => (kind === 'create' && nth === 0 ? { status: 413 } : undefined),
    })
    const batches = await opened(server.url, { chunkRequests: 5 })
    const told = (await all(batches, 20)).map(text)
    expect(told.filter(one => one === 'BadRequest')).toHaveLength(5)
    expect(told.filter(one => one.startsWith('answer'))).toHaveLength(15)
    paidOnce(server, batches, 15)
  })

  test('a dead server is told to all after the patience, once', async () => {
    const notices: string[] = []
    const { url, close } = await batchServer()
    await close()
    const batches = await opened(url, {
      patienceMs: 100,
      chunkRequests: 2,
      notice: notice => notices.push(notice),
    })
    const told = await all(batches, 30)
    expect(new Set(told.map(text))).toEqual(new Set(['Unreachable']))
    expect(notices).toHaveLength(1)
    expect(batches.underWay().requests).toBe(0)
  })
})

describe('waiting for batches', () => {
  /** Resolves when the server has so many batches. */
  const sent = async (server: BatchServer, count: number) => {
    while (server.counted().batches < count) await new Promise(resolve => setTimeout(resolve, 5))
  }

  test('ends at once when the signal fires, says what goes on, and the next process collects it', async () => {
    // As long as the work of a batch takes nobody may wait.
    const workMs = 1500
    const server = await serve({ workMs })
    const batches = await opened(server.url, { chunkRequests: 5 })
    const controller = new AbortController()
    const asking = all(batches, 20, controller.signal)
    await sent(server, 4)
    const begun = performance.now()
    const { retrieve: looks } = server.counted().calls
    controller.abort()
    const told = await asking
    expect(performance.now() - begun).toBeLessThan(workMs)
    // One look may have been under way: whoever waits looks every 20 ms.
    expect(server.counted().calls.retrieve - looks).toBeLessThanOrEqual(1)
    expect(server.counted().calls.results).toBe(0)
    expect(told.map(text)).toEqual(Array.from({ length: 20 }, () => 'Cancelled'))
    expect(told[0]?.answer).toMatchObject({
      left: {
        cause: expect.stringMatching(/\d batches of \d+ requests go on at the server and are billed/),
        remedy: expect.stringContaining('Ask again with the same journal to collect them'),
      },
    })
    await batches.close()
    const next = await opened(server.url, { chunkRequests: 5 })
    expect((await all(next, 20)).map(text)).toEqual(expected(20))
    expect(server.counted().calls.create).toBe(4)
    paidOnce(server, next, 20)
  })

  test('ends when the reader breaks off, and nothing that was not sent is sent', async () => {
    const server = await serve()
    const batches = await opened(server.url, { chunkRequests: 5 })
    let read = 0
    for await (const _ of batches.answers(questions(1000), never, { pending: 10 })) if (++read === 3) break
    expect(read).toBe(3)
    expect(server.counted().requests).toBeLessThan(30)
  })

  test('can be canceled at the server: what was not done is told, and is not billed', async () => {
    const server = await serve({ workMs: 60_000 })
    const batches = await opened(server.url, { chunkRequests: 5 })
    const asking = all(batches, 10)
    await sent(server, 2)
    while (batches.underWay().batches.length < 2) await new Promise(resolve => setTimeout(resolve, 5))
    expect(await batches.cancel()()).toEqual(E.right(2))
    expect((await asking).map(text)).toEqual(Array.from({ length: 10 }, () => 'Cancelled'))
    expect(server.counted().billed.size).toBe(0)
  })

  test('canceled when some have ended by themselves, and when one cannot be reached, cancels the others', async () => {
    const server = await serve({ workMs: nth => (nth === 0 ? 0 : 60_000) })
    const batches = await opened(server.url, { chunkRequests: 5, pollMs: [60_000, 60_000] })
    const controller = new AbortController()
    const asking = all(batches, 15, controller.signal)
    while (batches.underWay().batches.length < 3) await new Promise(resolve => setTimeout(resolve, 5))
    // A look ends the first one at the server.
    await fetch(`${server.url}/v1/messages/batches/msgbatch_0`)
    expect(await batches.cancel()()).toEqual(E.right(2))
    controller.abort()
    expect((await asking).length).toBe(15)
  })

  test('results that are not kept any more are told, and not paid for again by themselves', async () => {
    let isArchived = false
    const server = await serve({ isArchived: () => isArchived, workMs: 60 })
    const batches = await opened(server.url)
    const controller = new AbortController()
    const asking = all(batches, 3, controller.signal)
    await sent(server, 1)
    controller.abort()
    await asking
    await batches.close()
    isArchived = true
    const next = await opened(server.url)
    await new Promise(resolve => setTimeout(resolve, 80))
    const told = await all(next, 3)
    expect(told.map(text)).toEqual(['NoBatch', 'NoBatch', 'NoBatch'])
    expect(told[0]?.answer).toMatchObject({ left: { remedy: expect.stringContaining('29 days') } })
    expect(server.counted().calls.create).toBe(1)
  })

  test('a maker that throws fails its question alone, and a process is closed once', async () => {
    const server = await serve()
    const batches = await opened(server.url)
    const throwing = {
      about: 7,
      question: () => {
        throw new Error('no such clip')
      },
    }
    const told: string[] = []
    for await (const one of batches.answers([throwing, ...questions(2)], never)) told.push(text(one))
    expect(told.sort()).toEqual(['BadRequest', ...expected(2)].sort())
    await batches.close()
    const next = await opened(server.url)
    await batches.close()
    expect(await attempt(server.url)).toMatchObject({ left: { _tag: 'Locked' } })
    await next.close()
  })

  test('equal questions are sent once and told to all who asked; only one was billed', async () => {
    const server = await serve()
    const batches = await opened(server.url)
    const prompts = Array.from({ length: 30 }, (_, n) => `q${n % 3}`)
    const asked = prompts.map(prompt => batches.teacher.ask({ prompt }, never)())
    const answers = (await Promise.all(asked)).map(orThrow)
    expect(answers.map(answer => answer.text)).toEqual(prompts.map(fakeAnswer))
    expect(answers.filter(({ usage }) => usage.outputTokens > 0)).toHaveLength(3)
    paidOnce(server, batches, 3)
  })

  test('one of those who asked may leave; the last one who leaves takes the question back', async () => {
    const server = await serve()
    const batches = await opened(server.url, { lingerMs: 100 })
    const [one, two, three] = [new AbortController(), new AbortController(), new AbortController()]
    const asking = [one, two].map(({ signal }) => batches.teacher.ask({ prompt: 'both' }, signal)())
    const alone = batches.teacher.ask({ prompt: 'alone' }, three.signal)()
    await new Promise(resolve => setTimeout(resolve, 20))
    one.abort()
    three.abort()
    expect(await asking[0]).toMatchObject({ left: { _tag: 'Cancelled' } })
    expect(await alone).toMatchObject({ left: { _tag: 'Cancelled', cause: 'claude:claude-haiku-5-5: cancelled' } })
    expect(orThrow(await asking[1]!).text).toBe(fakeAnswer('both'))
    expect(server.counted().requests).toBe(1)
  })

  test('a maker that fails, or makes what no batch holds, fails its question alone', async () => {
    const server = await serve()
    const batches = await opened(server.url, { chunkBytes: 2000 })
    const broken = {
      about: 0,
      question: () => TE.left({ _tag: 'NoFile', cause: 'a.mp4 is gone', remedy: '' } as const),
    }
    const large = { about: 1, question: () => TE.right({ prompt: 'x'.repeat(3000) }) }
    const good = { about: 2, question: () => TE.right({ prompt: 'q2' }) }
    const told = new Map<number, unknown>()
    for await (const { about, answer } of batches.answers([broken, large, good], never)) told.set(about, answer)
    expect(told.get(0)).toEqual(E.left({ _tag: 'NoFile', cause: 'a.mp4 is gone', remedy: '' }))
    expect(told.get(1)).toMatchObject({
      left: { _tag: 'BadRequest', cause: expect.stringContaining('a batch has 2000') },
    })
    expect(told.get(2)).toMatchObject({ right: { text: fakeAnswer('q2') } })
  })

  test('a source that throws ends the answers with what it threw', async () => {
    const server = await serve()
    const batches = await opened(server.url)
    const source = function* () {
      yield* questions(3)
      throw new Error('no more records')
    }
    const read = async () => {
      for await (const _ of batches.answers(source(), never)) void _
    }
    await expect(read()).rejects.toThrow('no more records')
  })

  test('chunks stay under their bytes, and questions with frames are sent as live ones are', async () => {
    const server = await serve()
    const batches = await opened(server.url, { chunkBytes: 40_000 })
    const frames = { data: new Uint8Array(4 * 64 * 64 * 3).fill(9), count: 4, height: 64, width: 64, times: [] }
    const asked = Array.from({ length: 60 }, (_, n) => ({
      about: n,
      question: () => TE.right({ prompt: `"q${n}"\n球`, frames }),
    }))
    const told: Told<number>[] = []
    for await (const one of batches.answers(asked, never, { preparing: 4 })) told.push(one)
    expect(told.every(({ answer }) => E.isRight(answer))).toBe(true)
    const { mostInOneBody, calls } = server.counted()
    expect(mostInOneBody).toBeLessThanOrEqual(40_000)
    expect(mostInOneBody).toBeGreaterThan(30_000)
    expect(calls.create).toBeGreaterThan(3)
  })
})

describe('the budget of batches', () => {
  const price = { input: 1000, output: 1000 }
  test('is waited for while batches may turn out cheaper, ends the sending when it is spent, and may be raised', async () => {
    const server = await serve({ workMs: 30 })
    // A question reserves about (13 + 100) · 500 dollars a million, and costs about (124 + 20) · 500.
    const more = { chunkRequests: 5, maxTokens: 300, price }
    const batches = await opened(server.url, { ...more, budget: 2 })
    const told = (await all(batches, 60)).map(text)
    const refused = told.filter(one => one === 'SpendLimit').length
    expect(refused).toBeGreaterThan(10)
    expect(told.length - refused).toBeGreaterThan(10)
    expect(batches.spent().dollars).toBeLessThanOrEqual(2)
    expect(batches.spent().dollars).toBeGreaterThan(1)
    await batches.close()
    const next = await opened(server.url, { ...more, budget: 20 })
    expect((await all(next, 60)).map(text)).toEqual(expected(60))
    paidOnce(server, next, 60)
  })
  test('refuses a question again while others are being sent', async () => {
    const server = await serve({
      trouble: ({ kind, nth }) => (kind === 'create' && nth === 0 ? 'hung after' : undefined),
    })
    // Both are in one chunk, however slow the machine is.
    const options = { price, budget: 0.2, maxTokens: 300, timeoutMs: 400, lingerMs: 200 }
    const batches = await opened(server.url, options)
    const first = batches.teacher.ask({ prompt: 'first' }, never)()
    const second = batches.teacher.ask({ prompt: 'second' }, never)()
    const refused = { left: { _tag: 'SpendLimit' } }
    expect(await second).toMatchObject(refused)
    expect(await batches.teacher.ask({ prompt: 'second' }, never)()).toMatchObject(refused)
    expect(await first).toMatchObject({ right: { text: fakeAnswer('first') } })
  })
  test('counts what was spent elsewhere, and needs a price', async () => {
    const server = await serve()
    const batches = await opened(server.url, { price, budget: 5, elsewhere: () => 4.999 })
    expect((await all(batches, 3)).map(text)).toEqual(['SpendLimit', 'SpendLimit', 'SpendLimit'])
    expect(server.counted().calls.create).toBe(0)
    expect(() => claudeBatches({ model: 'of-tomorrow', apiKey: key, journal: folder(), budget: 1 })).toThrow(
      /budget of 1/,
    )
  })
})

test.each([
  { chunkBytes: 3e8 },
  { chunkRequests: 100_001 },
  { chunkRequests: 0 },
  { rounds: 0 },
  { pollMs: [10, 5] },
  { settleMs: -1 },
  { idleMs: Number.NaN },
  { patienceMs: Number.POSITIVE_INFINITY },
  { journal: '' },
  { timeoutMs: 0 },
  { model: ' ' },
] as const)('options that cannot be had are told where they are made: %j', more => {
  expect(() => claudeBatches({ model: 'm', apiKey: key, journal: 'j', ...more })).toThrow(/is|a model|empty/)
})
