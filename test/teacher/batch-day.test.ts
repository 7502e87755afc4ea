import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { orThrow } from 'kinograd/flow'
import { anthropicLimits, estimate } from 'kinograd/teacher'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { key } from './apis.ts'
import { batchServer } from './batch-server.ts'

/**
 * The paper's 162,000 annotations in batches against a server whose hours are milliseconds: a mock of a day, in a process
 * of its own whose memory is measured. `npm run test:long` takes all of them, `npm test` some.
 */

const at = (path: string) => JSON.stringify(fileURLToPath(new URL(`../../${path}`, import.meta.url)))
const isLong = process.env.KINOGRAD_FUZZ_RUNS !== undefined

interface Day {
  readonly records: number
  /** Frames of a record: how many, their height and width. */
  readonly frames: readonly [number, number, number]
  /** Requests of a batch at most: 46 with 16 frames of 448 × 252 fill 16 MB. */
  readonly chunk: number
}

/** Annotates and tells what came of it; frames are noise on a ramp, which JPEG shrinks about as it does pictures. */
const script = (url: string, journal: string, { records, frames: [count, height, width], chunk }: Day) => `
import fp from ${at('node_modules/fp-ts/lib/index.js')}
import { claudeBatches } from ${at('dist/teacher/index.js')}
const opened = await claudeBatches({
  model: 'claude-haiku-5-5', apiKey: ${JSON.stringify(key)}, baseUrl: ${JSON.stringify(url)}, journal: ${JSON.stringify(journal)},
  pollMs: [20, 240], settleMs: 2000, budget: 1000, chunkRequests: ${chunk},
})()
if (opened._tag === 'Left') throw new Error(JSON.stringify(opened.left))
const size = ${count * height * width * 3}
const noise = Uint8Array.from({ length: 2 * size }, (_, i) => ((i / 3) % ${width}) / ${width} * 200 + Math.random() * 16)
const questions = function* () {
  for (let n = 0; n < ${records}; n++)
    yield {
      about: n,
      question: () => fp.taskEither.right({
        prompt: 'q' + n + ' ' + 'What happens, and why? '.repeat(40),
        frames: { data: noise.slice(n % size, (n % size) + size), count: ${count}, height: ${height}, width: ${width}, times: [] },
      }),
    }
}
const seen = new Uint8Array(${records})
let wrong = 0
let most = 0
const watch = setInterval(() => { most = Math.max(most, process.memoryUsage.rss()) }, 50)
for await (const { about, answer } of opened.right.answers(questions(), new AbortController().signal)) {
  seen[about]++
  if (answer._tag !== 'Right' || !answer.right.text.startsWith('answer to q' + about + ' ')) wrong++
}
clearInterval(watch)
const once = seen.every(times => times === 1)
const { dollars, answers } = opened.right.spent()
console.log(JSON.stringify({ once, wrong, dollars, answers, megabytes: Math.round(Math.max(most, process.resourceUsage().maxRSS * 1024) / 1e6) }))
await opened.right.close()
`

let root = ''
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'kinograd-batch-day-'))
})
afterEach(() => rm(root, { recursive: true }))

const day = async (given: Day, limitMs: number) => {
  // An hour of the server's takes a second; batches end after up to one.
  const server = await batchServer({ workMs: nth => 100 + ((nth * 377) % 900) })
  const file = join(root, 'child.mjs')
  await writeFile(file, script(server.url, join(root, 'journal'), given))
  const begun = performance.now()
  const child = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'inherit'], timeout: limitMs })
  let out = ''
  child.stdout.on('data', piece => {
    out += piece
  })
  await new Promise(resolve => child.once('exit', resolve))
  const seconds = (performance.now() - begun) / 1000
  const { calls, batches, mostInOneBody, requests, billed } = server.counted()
  await server.close()
  const found = JSON.parse(out || '{}') as {
    readonly once: boolean
    readonly wrong: number
    readonly dollars: number
    readonly answers: number
    readonly megabytes: number
  }
  const summary = { ...given, ...found, seconds: Math.round(seconds), calls, batches, mostInOneBody }
  console.log(JSON.stringify(summary))
  expect(found).toMatchObject({ once: true, wrong: 0, answers: given.records })
  expect(requests).toBe(given.records)
  expect([...billed.values()].every(times => times === 1)).toBe(true)
  expect(mostInOneBody).toBeLessThanOrEqual(16e6)
  return summary
}

describe.skipIf(!existsSync(JSON.parse(at('dist/teacher/index.js'))))(
  'a day of annotating (skipped: not built)',
  () => {
    test('in batches: each record once, in bounded memory, and in the hours that the limits allow', async () => {
      const records = isLong ? 162_000 : 1500
      const { megabytes, calls } = await day({ records, frames: [2, 64, 112], chunk: 46 }, isLong ? 3_000_000 : 120_000)
      expect(megabytes).toBeLessThan(isLong ? 700 : 500)
      // Calls are far below what a minute allows, even if all of a day came in one hour.
      expect(calls.create + calls.retrieve + calls.results).toBeLessThan(60 * (anthropicLimits.requestsPerMinute ?? 0))
      const frames = { data: new Uint8Array(16 * 448 * 252 * 3), count: 16, height: 252, width: 448, times: [] }
      const planned = {
        name: 'annotate',
        teacher: 'claude:claude-haiku-5-5',
        requests: 162_000,
        sample: [{ prompt: 'x'.repeat(2000), frames }],
      }
      expect(orThrow(await estimate(planned, { batch: true })())).toMatchObject({ hours: 24 })
    }, 3_100_000)

    test('with frames of their real size, a chunk takes what the SDK takes for it', async () => {
      const { megabytes, batches } = await day(
        { records: isLong ? 600 : 75, frames: [16, 252, 448], chunk: 100_000 },
        300_000,
      )
      expect(batches).toBeGreaterThan(1)
      expect(megabytes).toBeLessThan(700)
    }, 310_000)
  },
)
