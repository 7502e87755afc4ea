import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { either as E, taskEither as TE } from 'fp-ts'
import { orThrow } from 'kinograd/flow'
import { type Batches, type BatchOptions, claudeBatches, type Told } from 'kinograd/teacher'
import { afterEach, beforeEach, expect } from 'vitest'
import { key } from './apis.ts'
import { batchServer, type FakeBatchOptions, fakeAnswer } from './batch-server.ts'
import { closedAfterEach } from './fake-server.ts'

export type BatchServer = Awaited<ReturnType<typeof batchServer>>

/** Everything quick. */
export const quick = {
  lingerMs: 10,
  pollMs: [5, 20],
  settleMs: 100,
  idleMs: 150,
  patienceMs: 1500,
  maxWaitMs: 20,
} as const

/** A folder of journals, servers and clients of batches, which end with the test that asked for them. */
export const batching = () => {
  const closed = closedAfterEach()
  let folder = ''
  let open: Batches[] = []
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kinograd-batches-'))
  })
  afterEach(async () => {
    await Promise.all(open.map(one => one.close(0)))
    open = []
    await rm(folder, { recursive: true })
  })
  const attempt = (baseUrl: string, more: Partial<BatchOptions> = {}) =>
    claudeBatches({ model: 'claude-haiku-5-5', apiKey: key, baseUrl, journal: folder, ...quick, ...more })()
  return {
    folder: () => folder,
    serve: (options?: FakeBatchOptions): Promise<BatchServer> => closed(batchServer(options)),
    attempt,
    opened: async (baseUrl: string, more: Partial<BatchOptions> = {}): Promise<Batches> => {
      const batches = orThrow(await attempt(baseUrl, more))
      open.push(batches)
      return batches
    },
  }
}

export const never = new AbortController().signal
export const questions = (count: number, from = 0) =>
  Array.from({ length: count }, (_, n) => ({
    about: n + from,
    question: () => TE.right({ prompt: `q${n + from}` }),
  }))
/** What was told about each question, in their order. */
export const all = async (batches: Batches, count: number, signal = never) => {
  const told: Told<number>[] = []
  for await (const one of batches.answers(questions(count), signal)) told.push(one)
  return told.sort((a, b) => a.about - b.about)
}
/** The answer, or the tag of the fault. */
export const text = ({ answer }: Told<number>) => (E.isRight(answer) ? answer.right.text : answer.left._tag)
export const expected = (count: number) => Array.from({ length: count }, (_, n) => fakeAnswer(`q${n}`))

/** Whether so many questions were billed, each once, and spending is what the server counted. */
export const paidOnce = (server: BatchServer, batches: Batches, count: number) => {
  const { billed, inputTokens, outputTokens } = server.counted()
  expect([...billed.values()]).toEqual(Array.from({ length: count }, () => 1))
  expect(batches.spent()).toMatchObject({ inputTokens, outputTokens })
}
