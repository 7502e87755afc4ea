import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { closedAfterEach } from '../teacher/fake-server.ts'
import { writeMedia, writeQuestions } from './annotate-world.ts'
import { slowServer } from './slow-server.ts'

const built = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const long = process.env.KINOGRAD_FUZZ_RUNS !== undefined
const kills = long ? 20 : 5
const records = 200
const inFlight = 4

const serve = closedAfterEach()
let root = ''
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'annotate-killed-'))
  await writeMedia(root, 12, 3)
  await writeQuestions(join(root, 'questions.jsonl'), { count: records, clips: 12, pictures: 3 })
})
afterAll(() => rm(root, { recursive: true, force: true }))

/** Begins the command in a folder of its own. */
const begin = (folder: string, url: string, ...more: readonly string[]): ChildProcess => {
  const named = `openai:${url}/v1#m`
  const args = [built, 'annotate', '../questions.jsonl', '--teacher', named, '--judge', named, '--out', 'out/cot.jsonl']
  return spawn(process.execPath, [...args, '--in-flight', String(inFlight), ...more], { cwd: folder, stdio: 'ignore' })
}
const ended = (child: ChildProcess): Promise<number | null> =>
  new Promise(resolve => child.once('exit', code => resolve(code)))

const workplace = async (name: string): Promise<string> => {
  const folder = join(root, name)
  await mkdir(join(folder, 'out'), { recursive: true })
  return folder
}

const results = async (folder: string) => {
  const read = (name: string) => readFile(join(folder, 'out', name))
  const { spent: _, ...retention } = JSON.parse((await read('cot.retention.json')).toString())
  const names = ['cot.jsonl', 'cot.failures.jsonl', 'cot.judgements.jsonl', 'cot.part1of1.json.gz']
  return { retention, files: await Promise.all(names.map(async name => (await read(name)).toString('base64'))) }
}

describe.skipIf(!existsSync(built))('an annotation that is killed (skipped: not built)', () => {
  test(`at ${kills} random moments comes to the same, and pays twice for nothing but what was under way`, async () => {
    const server = await serve(slowServer(() => 4))
    const unbroken = await workplace('unbroken')
    expect(await ended(begin(unbroken, server.url))).toBe(0)
    const whole = server.asked.length
    server.asked.length = 0

    const folder = await workplace('killed')
    const underWay = new Set<string>()
    let done = 0
    for (let kill = 0; kill < kills; kill++) {
      const [before, from] = [server.asked.length, Date.now()]
      const child = begin(folder, server.url, '--resume')
      const exit = ended(child)
      // Some are killed while they start, most while they ask.
      const asking = Math.floor((Math.random() * (2 * whole)) / kills)
      const early = Math.random() < 0.2
      while (child.exitCode === null && (early ? Date.now() - from < 300 : server.asked.length - before < asking))
        await new Promise(wait => setTimeout(wait, 3))
      child.kill('SIGKILL')
      const at = Date.now()
      if ((await exit) === 0) done++
      for (const { question, answeredAt = at } of server.asked.slice(before))
        if (answeredAt > at - 60) underWay.add(question)
    }
    expect(await ended(begin(folder, server.url, '--resume'))).toBe(0)

    expect(await results(folder)).toEqual(await results(unbroken))
    const times = new Map<string, number>()
    for (const { question } of server.asked) times.set(question, (times.get(question) ?? 0) + 1)
    expect(times.size).toBe(whole)
    const twice = [...times].filter(([, count]) => count > 1).map(([question]) => question)
    expect(twice.filter(question => !underWay.has(question))).toEqual([])
    expect(server.asked.length - whole).toBeLessThanOrEqual(kills * inFlight)
    expect(done).toBeLessThan(kills)
  }, 600_000)
})
