import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { key } from './apis.ts'
import { batchServer, fakeAnswer } from './batch-server.ts'

const at = (path: string) => JSON.stringify(fileURLToPath(new URL(`../../${path}`, import.meta.url)))
const isBuilt = existsSync(JSON.parse(at('dist/teacher/index.js')))

/** Annotates 500 records in batches, and writes what came of each when all are told. */
const script = (url: string, journal: string, out: string) => `
import { writeFileSync } from 'node:fs'
import fp from ${at('node_modules/fp-ts/lib/index.js')}
import { claudeBatches } from ${at('dist/teacher/index.js')}
const opened = await claudeBatches({
  model: 'claude-haiku-5-5', apiKey: ${JSON.stringify(key)}, baseUrl: ${JSON.stringify(url)}, journal: ${JSON.stringify(journal)},
  chunkRequests: 40, lingerMs: 10, pollMs: [10, 30], settleMs: 250, idleMs: 500, patienceMs: 20000, maxWaitMs: 20,
})()
if (opened._tag === 'Left') throw new Error(JSON.stringify(opened.left))
const questions = Array.from({ length: 500 }, (_, n) => ({ about: n, question: () => fp.taskEither.right({ prompt: 'q' + n }) }))
const told = []
for await (const { about, answer } of opened.right.answers(questions, new AbortController().signal))
  told.push([about, answer._tag === 'Right' ? answer.right.text : answer.left._tag])
told.sort((a, b) => a[0] - b[0])
writeFileSync(${JSON.stringify(out)}, JSON.stringify({ told: told.map(one => one[1]), spent: opened.right.spent() }))
await opened.right.close()
`

/** What an unbroken run comes to: some are refused, some expire and are sent again. */
const resultOf = (prompt: string, round: number) => {
  const number = Number(prompt.slice(1))
  return number % 50 === 3 ? 'refusal' : number % 10 === 0 && round === 0 ? 'expired' : 'answer'
}
const unbroken = Array.from({ length: 500 }, (_, n) => (n % 50 === 3 ? 'Refused' : fakeAnswer(`q${n}`)))

let root = ''
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'kinograd-batch-killed-'))
})
afterEach(() => rm(root, { recursive: true }))

/** Random numbers that a seed gives again. */
const random = (seed: number) => () => {
  seed = (seed * 1664525 + 1013904223) % 2 ** 32
  return seed / 2 ** 32
}

const annotate = async (seed: number, kills: number): Promise<number> => {
  const chance = random(seed)
  // A call of the server, counted from the start of a process, after which that process is killed.
  let countdown = Number.POSITIVE_INFINITY
  let kill: () => void = () => undefined
  const server = await batchServer({
    workMs: 60,
    result: resultOf,
    trouble: () => {
      if (--countdown === 0) setTimeout(kill, chance() * 8)
      return undefined
    },
  })
  const out = join(root, 'out.json')
  const file = join(root, 'child.mjs')
  await writeFile(file, script(server.url, join(root, 'journal'), out))
  let killed = 0
  try {
    while (!existsSync(out)) {
      countdown = killed < kills ? 1 + Math.floor(chance() * 25) : Number.POSITIVE_INFINITY
      const child = spawn(process.execPath, [file], { stdio: ['ignore', 'ignore', 'pipe'], timeout: 60_000 })
      kill = () => child.kill('SIGKILL')
      let said = ''
      child.stderr.on('data', piece => {
        said += piece
      })
      const [code, signal] = await new Promise<[number | null, string | null]>(resolve =>
        child.once('exit', (...how) => resolve(how)),
      )
      expect([code, signal, said].join(' ')).toMatch(/^0 {2}$|^ SIGKILL $/)
      if (signal === 'SIGKILL') killed++
    }
    const { told, spent } = JSON.parse(await readFile(out, 'utf8')) as { told: unknown; spent: unknown }
    expect(told).toEqual(unbroken)
    const { billed, inputTokens, outputTokens } = server.counted()
    expect(billed.size).toBe(500)
    expect([...billed].filter(([, times]) => times !== 1)).toEqual([])
    expect(spent).toMatchObject({ inputTokens, outputTokens, answers: 490, lost: 10 })
    const journal = await readFile(join(root, 'journal', 'batches.jsonl'), 'utf8')
    expect(journal).not.toContain(key)
  } finally {
    await server.close()
  }
  return killed
}

describe.skipIf(!isBuilt)('a batch annotation of 500 records (skipped: not built)', () => {
  const kills = process.env.KINOGRAD_FUZZ_RUNS === undefined ? 10 : 100
  test('killed at random moments and resumed comes to what an unbroken one comes to, and pays once', async () => {
    // A run may come to its end before it was killed five times.
    for (let [seed, killed] = [1, 0]; killed < kills; seed++) {
      killed += await annotate(seed, Math.min(5, kills - killed))
      await rm(join(root, 'journal'), { recursive: true })
      await rm(join(root, 'out.json'))
    }
  }, 1_200_000)
})
