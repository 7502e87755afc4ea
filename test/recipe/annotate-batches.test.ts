import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readDataset } from 'kinograd/dataset'
import { orThrow } from 'kinograd/flow'
import { nodeAv } from 'kinograd/media'
import {
  annotateRecords,
  askInBatches,
  type NamedTeachers,
  openAnnotation,
  openSpending,
  openTeachers,
} from 'kinograd/recipe'
import { listedPrices } from 'kinograd/teacher'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { annotateCommand } from '../../src/cli/annotate.ts'
import { closedAfterEach } from '../teacher/fake-server.ts'
import { writeMedia, writeQuestions } from './annotate-world.ts'
import { claudeServer } from './claude-server.ts'

/** How many times faster than the clock the looks at batches go. */
const clock = vi.hoisted(() => ({ times: 1 }))
vi.mock('node:timers/promises', async load => {
  const real = await load<typeof import('node:timers/promises')>()
  const setTimeout = <A>(ms = 0, value?: A, options?: { readonly signal?: AbortSignal }) =>
    real.setTimeout(ms / clock.times, value, options)
  return { ...real, setTimeout }
})
const { now } = performance
const beganAt = performance.now()
vi.spyOn(performance, 'now').mockImplementation(() => beganAt + clock.times * (now.call(performance) - beganAt))

const serve = closedAfterEach()
let root = ''
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'annotate-batches-'))
  await writeMedia(root, 12, 3)
  await writeQuestions(join(root, 'questions.jsonl'), { count: 40, clips: 12, pictures: 3 })
})
afterAll(() => rm(root, { recursive: true, force: true }))

const batching = { lingerMs: 5, pollMs: [5, 10] as const, chunkRequests: 16 }

/** Annotates as the command does, with batches that are looked at often. */
const annotated = async (out: string, url: string, batch: boolean, signal = new AbortController().signal) => {
  const session = orThrow(await openAnnotation({ out: join(root, out), settings: { batch }, resume: true })())
  const journal = orThrow(await openSpending(session.files.spent)())
  const named: NamedTeachers = {
    ...{ teacher: 'claude:claude-haiku-5-5', judge: 'claude:claude-haiku-5-5', prices: listedPrices, votes: 1 },
    ...{ env: { ANTHROPIC_API_KEY: 'sk-ant-0123456789', ANTHROPIC_BASE_URL: url }, structured: true, form: () => {} },
  }
  const teachers = orThrow(await openTeachers(named, session.files, journal)())
  const work = { session, records: readDataset(join(root, 'questions.jsonl')), root, decoder: nodeAv(), signal }
  try {
    const first = batch ? await askInBatches({ ...work, named, annotator: teachers.annotator, batching })() : undefined
    if (first?._tag === 'Left') return first.left
    const recalled = first === undefined ? {} : { recalled: first.right.recalled }
    return orThrow(await annotateRecords({ ...work, ...teachers, ...recalled, tolerate: 1 })()).tally
  } finally {
    await journal.close()
    await session.close()
  }
}
const written = (name: string) =>
  Promise.all(['', '.failures', '.judgements'].map(part => readFile(join(root, `${name}${part}.jsonl`), 'utf8')))

test('batches give what live questions give, and nothing is asked twice', async () => {
  const refuses = (question: string) => question === 'annotate 5'
  const [live, batch] = [await serve(claudeServer(refuses)), await serve(claudeServer(refuses))]
  const tally = await annotated('live.jsonl', live.url, false)
  expect(await annotated('batch.jsonl', batch.url, true)).toEqual(tally)
  expect(await written('batch')).toEqual(await written('live'))
  expect(batch.asked.filter(({ how }) => how === 'live')).toEqual([])
  const questions = ({ asked }: typeof live) => asked.map(({ question }) => question).sort()
  expect(questions(batch)).toEqual(questions(live))
  const asked = batch.asked.length
  await annotated('batch.jsonl', batch.url, true)
  expect(batch.asked.length).toBe(asked)
}, 180_000)

test('what is stopped while batches run is collected by the next start', async () => {
  const server = await serve(claudeServer())
  const controller = new AbortController()
  const stopped = annotated('stopped.jsonl', server.url, true, controller.signal)
  while (server.asked.length < 16) await new Promise(wait => setTimeout(wait, 2))
  controller.abort()
  expect(await stopped).toMatchObject({ _tag: 'Cancelled' })
  expect(await annotated('stopped.jsonl', server.url, true)).toMatchObject({ all: { records: 40 } })
  const times = new Map<string, number>()
  for (const { question } of server.asked) times.set(question, (times.get(question) ?? 0) + 1)
  expect([...times].filter(([, count]) => count > 1)).toEqual([])
}, 180_000)

const kinograd = async (out: string, url: string, ...more: readonly string[]) => {
  const said: string[] = []
  const say = (line: string) => void said.push(line)
  const env = { ANTHROPIC_API_KEY: 'sk-ant-0123456789', ANTHROPIC_BASE_URL: url }
  const code = await annotateCommand.run(['questions.jsonl', '--out', out, ...more], {
    out: say,
    err: say,
    env,
    cwd: root,
  })
  return { code, said: said.join('\n') }
}

test('the command asks in batches, says what they cost, and refuses them of other servers', async () => {
  // It looks at a batch after ten seconds; here after half of one.
  clock.times = 20
  const server = await serve(claudeServer())
  const claude = [
    '--teacher',
    'claude:claude-haiku-5-5',
    '--judge',
    'claude:claude-haiku-5-5',
    '--batch',
    '--limit',
    '6',
  ]
  const { code, said } = await kinograd('command.jsonl', server.url, ...claude)
  expect(code).toBe(0)
  // Half of the listed price: eleven answers of 100 tokens in and 20 out.
  expect(said).toContain('Billed: 11 answers; 1,100 tokens in, 220 out; $0.0001')
  expect(server.asked.every(({ how }) => how === 'batch')).toBe(true)
  const dry = await kinograd('dry.jsonl', server.url, ...claude, '--dry-run')
  expect(dry.said).toMatch(/half for batches/)
  const other = await kinograd('other.jsonl', server.url, '--teacher', 'scripted', '--judge', 'scripted', '--batch')
  expect(other).toMatchObject({ code: 2, said: expect.stringContaining('neither teacher nor judge is Claude') })
}, 120_000)
