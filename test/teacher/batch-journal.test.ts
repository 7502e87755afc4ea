import { existsSync } from 'node:fs'
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { orThrow } from 'kinograd/flow'
import { cachedAnswers, claude } from 'kinograd/teacher'
import { describe, expect, test } from 'vitest'
import { canMount, onSmallDisk } from '../small-disk.ts'
import { key } from './apis.ts'
import { fakeAnswer } from './batch-server.ts'
import { all, batching, expected, never, paidOnce, text } from './batching.ts'

const { serve, opened, attempt, folder } = batching()
const at = (path: string) => JSON.stringify(fileURLToPath(new URL(`../../${path}`, import.meta.url)))
const journalFile = () => join(folder(), 'batches.jsonl')

describe('the journal', () => {
  test('is one process’s at a time, and the next one’s afterwards', async () => {
    const server = await serve()
    const batches = await opened(server.url)
    expect(await attempt(server.url)).toMatchObject({
      left: { _tag: 'Locked', cause: expect.stringContaining(`is in use by process ${process.pid}`) },
    })
    await batches.close()
    await opened(server.url)
  })

  test('of another model or another server is refused, and so is a file that is none', async () => {
    const server = await serve()
    await (await opened(server.url)).close()
    expect(await attempt(server.url, { model: 'claude-opus-5-5' })).toMatchObject({
      left: { _tag: 'BadJournal', cause: expect.stringContaining('is of claude:claude-haiku-5-5') },
    })
    expect(await attempt('http://127.0.0.1:9')).toMatchObject({ left: { _tag: 'BadJournal' } })
    await writeFile(journalFile(), '{"a": 1}\n{"b": 2}\n')
    expect(await attempt(server.url)).toMatchObject({ left: { _tag: 'BadJournal' } })
    // A refusal leaves the lock to the next one.
    await writeFile(journalFile(), '')
    await opened(server.url)
  })

  test('may lack any part of its last line; an altered line before it is told', async () => {
    const server = await serve()
    const batches = await opened(server.url, { chunkRequests: 5 })
    await all(batches, 15)
    await batches.close()
    const whole = await readFile(journalFile())
    const lastLine = whole.lastIndexOf(0x0a, whole.length - 2) + 1
    for (const end of [lastLine, lastLine + 1, lastLine + 9, lastLine + 40, whole.length - 1]) {
      await writeFile(journalFile(), whole.subarray(0, end))
      const next = await opened(server.url, { chunkRequests: 5 })
      expect((await all(next, 15)).map(text)).toEqual(expected(15))
      await next.close()
    }
    await writeFile(journalFile(), Buffer.concat([whole.subarray(0, lastLine), Buffer.from('{"torn": true}\n')]))
    await (await opened(server.url)).close()
    await writeFile(journalFile(), whole.toString().replace('"creating"', '"Creating"'))
    expect(await attempt(server.url)).toMatchObject({
      left: { _tag: 'BadJournal', cause: expect.stringContaining('line 2 does not have the sum') },
    })
    expect(server.counted().calls.create).toBe(3)
  })

  test('that ends before the server’s name of a chunk is mended by the list, whatever the time that went by', async () => {
    const server = await serve()
    const batches = await opened(server.url)
    await all(batches, 5)
    await batches.close()
    const lines = (await readFile(journalFile(), 'utf8')).split('\n')
    expect(lines.map(line => /"kind":"(\w+)"/.exec(line)?.[1])).toEqual([
      'journal',
      'creating',
      'created',
      'collected',
      undefined,
    ])
    await writeFile(journalFile(), `${lines.slice(0, 2).join('\n')}\n`)
    const next = await opened(server.url, { answers: join(folder(), 'other answers') })
    expect((await all(next, 5)).map(text)).toEqual(expected(5))
    expect(server.counted().calls.create).toBe(1)
    paidOnce(server, next, 5)
  })

  test('whose answers are gone collects them again, and counts them once', async () => {
    const server = await serve()
    const batches = await opened(server.url)
    await all(batches, 5)
    await batches.close()
    const next = await opened(server.url, { answers: join(folder(), 'other answers') })
    expect((await all(next, 5)).map(text)).toEqual(expected(5))
    paidOnce(server, next, 5)
  })

  test('in a folder that cannot be made is a fault', async () => {
    await writeFile(join(folder(), 'file'), '')
    expect(await attempt('http://127.0.0.1:9', { journal: join(folder(), 'file', 'journal') })).toMatchObject({
      left: { _tag: 'BadJournal' },
    })
  })
})

test('live and batched questions share a folder of answers', async () => {
  const server = await serve()
  const answers = join(folder(), 'shared')
  const batches = await opened(server.url, { answers })
  await all(batches, 3)
  const live = orThrow(claude({ model: 'claude-haiku-5-5', apiKey: key, baseUrl: server.url, maxRetries: 0 }))
  const cached = cachedAnswers(live, answers)
  expect(await cached.ask({ prompt: 'q1' }, never)()).toMatchObject({ right: { text: fakeAnswer('q1') } })
  expect(server.counted().calls.create).toBe(1)
})

describe.skipIf(!existsSync(JSON.parse(at('dist/teacher/index.js'))) || !canMount())(
  'a full disk (skipped: not built, or no mounts of one’s own)',
  () => {
    test.each([
      ['journal and answers', 'disk/journal', undefined, '400k'],
      ['the journal alone', 'disk/journal', 'answers', '120k'],
    ])(
      'under %s ends it with NoSpace, and what was paid for is kept',
      async (_, journal, answers, size) => {
        const server = await serve()
        await mkdir(join(folder(), 'disk'))
        const script = join(folder(), 'script.mjs')
        const ballast = `${JSON.stringify(join(folder(), 'disk', 'ballast'))}`
        await writeFile(
          script,
          `
import { rmSync, writeFileSync } from 'node:fs'
import fp from ${at('node_modules/fp-ts/lib/index.js')}
import { claudeBatches } from ${at('dist/teacher/index.js')}
const open = async () => (await claudeBatches({
  model: 'claude-haiku-5-5', apiKey: ${JSON.stringify(key)}, baseUrl: ${JSON.stringify(server.url)},
  journal: ${JSON.stringify(join(folder(), journal))}, ${answers === undefined ? '' : `answers: ${JSON.stringify(join(folder(), answers))},`}
  chunkRequests: 40, pollMs: [10, 30], settleMs: 250, maxWaitMs: 20,
})()).right
const ask = async batches => {
  const questions = Array.from({ length: 1000 }, (_, n) => ({ about: n, question: () => fp.taskEither.right({ prompt: 'q' + n }) }))
  const told = {}
  for await (const { answer } of batches.answers(questions, new AbortController().signal)) {
    const what = answer._tag === 'Right' ? 'answered' : answer.left._tag
    told[what] = (told[what] ?? 0) + 1
  }
  return told
}
writeFileSync(${ballast}, Buffer.alloc(60_000))
const first = await open()
const full = await ask(first)
await first.close()
rmSync(${ballast})
const second = await open()
const freed = await ask(second)
await second.close()
console.log(JSON.stringify({ full, freed, spent: second.spent() }))
`,
        )
        const told = await onSmallDisk(size, join(folder(), 'disk'), script)
        const { full, freed } = JSON.parse(told) as Record<string, Record<string, number>>
        expect(full!.NoSpace).toBeGreaterThan(0)
        expect(full!.answered).toBeGreaterThan(0)
        expect((full!.NoSpace ?? 0) + (full!.answered ?? 0)).toBe(1000)
        expect(freed!.answered).toBeGreaterThan(full!.answered!)
        expect(Math.max(...server.counted().billed.values())).toBe(1)
      },
      120_000,
    )
  },
)

test('an entry added behind the back of a process is not believed', async () => {
  const server = await serve()
  await (await opened(server.url)).close()
  await appendFile(journalFile(), '00000000 {"kind":"failed","chunk":1}\n00000000 {"kind":"failed","chunk":2}\n')
  expect(await attempt(server.url)).toMatchObject({ left: { _tag: 'BadJournal' } })
})
