import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { either as E } from 'fp-ts'
import type { Told } from 'kinograd/teacher'
import { describe, expect, test } from 'vitest'
import { key } from './apis.ts'
import { type CallTrouble, type FakeResult, fakeAnswer, fakeTokens } from './batch-server.ts'
import { batching, never, questions, text } from './batching.ts'

const { serve, opened, folder } = batching()

/** What goes wrong with the nth call of a kind: most of the faults of its kind, one after the other, and good ones between. */
const troubles: Readonly<Record<string, readonly (CallTrouble | undefined)[]>> = {
  create: [
    undefined,
    'lost after',
    undefined,
    { status: 429, headers: { 'retry-after': '9999' } },
    undefined,
    'reset before',
    undefined,
    { status: 529 },
    'page',
    undefined,
    { status: 500 },
    undefined,
    'hung after',
  ],
  retrieve: [
    undefined,
    undefined,
    'reset before',
    undefined,
    { status: 500 },
    undefined,
    'hung after',
    undefined,
    'page',
  ],
  list: [undefined, 'reset before', { status: 529 }],
  results: [undefined, 'cut', undefined, 'cut in a line', 'hung', undefined, 'lost after', { status: 429 }, undefined],
}

/** What a record comes to by its number. */
const resultOf = (prompt: string, round: number): FakeResult => {
  const number = Number(prompt.slice(1))
  if (number % 100 === 3) return 'refusal'
  if (number % 100 === 5) return 'cut'
  if (number % 100 === 7) return 'errored:invalid_request_error:no such image'
  if (number % 100 === 9) return 'errored:overloaded_error:busy'
  if (number % 100 === 11) return 'canceled'
  if (number % 10 === 0 && round === 0) return 'expired'
  if (number % 10 === 1 && round < 2) return 'errored:api_error:broken'
  return 'answer'
}
const outcomes: Readonly<Record<number, string>> = {
  3: 'Refused',
  5: 'Truncated',
  7: 'BadRequest',
  9: 'Unreachable',
  11: 'Cancelled',
}

const isLong = process.env.KINOGRAD_FUZZ_RUNS !== undefined

test('records among all faults at once (2,000 in the long suite): each answered once, or told why not; requests, tokens and cost as the server counted', async () => {
  const count = isLong ? 2000 : 600
  const server = await serve({
    workMs: nth => 5 + ((nth * 7) % 30),
    unknownMs: 8,
    unlistedMs: 15,
    result: resultOf,
    trouble: ({ kind, nth }) => troubles[kind]?.[nth % (troubles[kind]?.length ?? 1)],
  })
  const notices: string[] = []
  const batches = await opened(server.url, {
    apiKey: `"${key}"\n`,
    chunkRequests: 100,
    timeoutMs: 150,
    pollMs: [20, 60],
    patienceMs: 20_000,
    idleMs: 100,
    notice: notice => notices.push(notice),
  })
  const told: Told<number>[] = []
  for await (const one of batches.answers(questions(count), never)) told.push(one)
  expect(told.length).toBe(count)
  told.sort((a, b) => a.about - b.about)
  expect(told.map(text)).toEqual(Array.from({ length: count }, (_, n) => outcomes[n % 100] ?? fakeAnswer(`q${n}`)))

  const { billed, inputTokens, outputTokens } = server.counted()
  // Answers, refusals and cut ones are billed, each once; nothing else is.
  const paid = Array.from({ length: count }, (_, n) => n).filter(n => ![7, 9, 11].includes(n % 100))
  expect(billed.size).toBe(paid.length)
  expect(Math.max(...billed.values())).toBe(1)
  const input = paid.reduce((sum, n) => sum + fakeTokens(`q${n}`).input_tokens, 0)
  expect([inputTokens, outputTokens]).toEqual([input, 20 * paid.length])
  expect(batches.spent()).toMatchObject({
    inputTokens,
    outputTokens,
    answers: paid.length - count / 50,
    lost: count / 50,
  })
  expect(batches.spent().dollars).toBeCloseTo((inputTokens * 0.05 + outputTokens * 0.25) / 1e6, 10)
  // Sent again: a tenth once, a tenth twice, and the busy ones twice more, but for those with a fate of their own.
  expect(server.counted().requests).toBe(count + count / 10 + (2 * 9 * count) / 100 + (2 * count) / 100)
  expect(batches.underWay()).toEqual({ batches: [], requests: 0 })

  const written = await readFile(join(folder(), 'batches.jsonl'), 'utf8')
  for (const place of [written, JSON.stringify(told), notices.join()]) expect(place).not.toContain(key)
  expect(new Set(server.keys)).toEqual(new Set([`Bearer ${key}`]))
  expect(notices.length).toBeGreaterThan(5)
  expect(told.filter(({ answer }) => E.isLeft(answer) && answer.left.remedy === '')).toEqual([])
}, 120_000)

describe.each(Object.entries(troubles))('every other %s', (kind, given) => {
  const all = [...new Set(given.filter(trouble => trouble !== undefined))]
  test.each(all.map(trouble => [trouble] as const))(
    'that is %j keeps no record from its one answer',
    async trouble => {
      const count = isLong ? 2000 : 60
      const server = await serve({
        workMs: 5,
        trouble: call => {
          // The list is looked at where a create is lost.
          if (kind === 'list' && call.kind === 'create' && call.nth % 2 === 0) return 'lost after'
          return call.kind === kind && call.nth % 2 === 0 ? trouble : undefined
        },
      })
      const batches = await opened(server.url, {
        chunkRequests: isLong ? 200 : 15,
        timeoutMs: 300,
        patienceMs: 60_000,
        idleMs: 200,
        settleMs: 300,
      })
      const told: Told<number>[] = []
      for await (const one of batches.answers(questions(count), never)) told.push(one)
      expect(told.sort((a, b) => a.about - b.about).map(text)).toEqual(
        Array.from({ length: count }, (_, n) => fakeAnswer(`q${n}`)),
      )
      const { billed, inputTokens, outputTokens } = server.counted()
      expect([billed.size, Math.max(...billed.values())]).toEqual([count, 1])
      expect(batches.spent()).toMatchObject({ inputTokens, outputTokens, answers: count })
    },
    120_000,
  )
})
