import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { onLoopback } from '../loopback.ts'
import { closedAfterEach } from '../teacher/fake-server.ts'
import { choiceRow, kinogradEval, workplace } from './made.ts'

const built = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const long = process.env.KINOGRAD_FUZZ_RUNS !== undefined
const [kills, records, inFlight] = long ? [20, 400, 4] : [2, 60, 4]

/** A server that takes some milliseconds, and remembers what it was asked and which answers were taken. */
const slowServer = async () => {
  const asked: number[] = []
  const server = createServer((request, response) => {
    const pieces: Buffer[] = []
    request.on('data', piece => pieces.push(piece))
    request.on('end', () => {
      const id = Number(/What does clip (\d+) show/.exec(Buffer.concat(pieces).toString())?.[1])
      asked.push(id)
      const content = `<think>Hm.</think><answer>${'ABCD'[id % 4]}</answer>`
      const choices = [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content } }]
      setTimeout(() => {
        if (response.destroyed) return
        response.writeHead(200, { 'content-type': 'application/json' })
        response.end(JSON.stringify({ choices, usage: { prompt_tokens: 1, completion_tokens: 1 } }))
      }, 10)
    })
  })
  return { asked, ...(await onLoopback(server)) }
}
const serve = closedAfterEach()
const ended = (child: ChildProcess): Promise<number | null> => new Promise(resolve => child.once('exit', resolve))
const pause = () => new Promise(wait => setTimeout(wait, 3))

describe.skipIf(!existsSync(built))('an evaluation that is killed (skipped: not built)', () => {
  test(`at ${kills} moments comes to the same, and asks nothing twice but what was under way`, async () => {
    const rows = Array.from({ length: records }, (_, id) => choiceRow(id + 1))
    const root = await workplace({ 'q.json': rows })
    const server = await serve(slowServer())
    const flags = ['q.json', '--policy', `openai:${server.url}/v1#m`, '--in-flight', String(inFlight), '--blind']
    const begin = () =>
      spawn(process.execPath, [built, 'eval', ...flags, '--out', 'killed', '--resume'], { cwd: root, stdio: 'ignore' })
    const whole = async (out: string) => (await kinogradEval(root)(...flags, '--out', out, '--resume')).code
    expect(await whole('unbroken')).toBe(0)
    server.asked.length = 0
    let interrupted = 0
    for (let kill = 0; kill < kills; kill++) {
      const before = server.asked.length
      const child = begin()
      const exit = ended(child)
      while (child.exitCode === null && server.asked.length - before < (records * 0.6) / kills) await pause()
      // The last of them is asked to end, and waits for what is under way.
      child.kill(kill === kills - 1 ? 'SIGINT' : 'SIGKILL')
      if ((await exit) !== 0) interrupted++
    }
    expect(interrupted).toBe(kills)
    expect(await whole('killed')).toBe(0)
    const results = (out: string) => readFile(join(root, out, 'results.json'), 'utf8')
    expect(await results('killed')).toBe(await results('unbroken'))
    expect(new Set(server.asked).size).toBe(records)
    // After Ctrl-C nothing is asked again: only what was under way at each kill.
    expect(server.asked.length - records).toBeLessThanOrEqual(inFlight * (kills - 1))
    await rm(root, { recursive: true, force: true })
  }, 120_000)
})
