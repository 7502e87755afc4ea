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
    /** What each process asked. */
    const processes: (readonly string[])[] = []
    const run = () => {
      const before = server.asked.length
      const child = begin(folder, server.url, '--resume')
      const exit = ended(child)
      const asked = () => server.asked.slice(before).map(({ question }) => question)
      return { child, exit, asked }
    }
    let done = 0
    for (let kill = 0; kill < kills; kill++) {
      const { child, exit, asked } = run()
      // Some are killed while they start, most while they ask.
      const from = Date.now()
      const wanted = Math.floor((Math.random() * 2 * whole) / kills)
      const early = Math.random() < 0.2
      while (child.exitCode === null && (early ? Date.now() - from < 300 : asked().length < wanted))
        await new Promise(wait => setTimeout(wait, 3))
      child.kill('SIGKILL')
      if ((await exit) === 0) done++
      processes.push(asked())
    }
    const last = run()
    expect(await last.exit).toBe(0)
    processes.push(last.asked())

    expect(await results(folder)).toEqual(await results(unbroken))
    const all = processes.flat()
    expect(new Set(all).size).toBe(whole)
    for (const [nth, asked] of processes.entries()) {
      // No process asks anything twice, and no more of it is asked again than was under way when it was killed.
      expect(new Set(asked).size).toBe(asked.length)
      const later = new Set(processes.slice(nth + 1).flat())
      expect(asked.filter(question => later.has(question)).length).toBeLessThanOrEqual(inFlight)
    }
    expect(done).toBeLessThan(kills)
  }, 600_000)
})
