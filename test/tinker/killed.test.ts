import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { kinogradServe, type ServingProcess } from './serving.ts'
import { tinyFolder } from './world.ts'

/*
 * Client and server are processes of their own, and are killed (SIGKILL) at random instants, by turns. What each update sampled, its loss
 * and its gradient must be those of a run that nobody killed: an update that was done twice, or not, or on samples of old weights, would
 * change all that follow.
 */

const long = Number(process.env.KINOGRAD_FUZZ_RUNS ?? 0) > 0
const kills = long ? 20 : 2
const updates = kills + 2

const client = fileURLToPath(new URL('./killed-client.mjs', import.meta.url))
let root = ''
beforeAll(async () => {
  root = await tinyFolder()
})
afterAll(() => rm(root, { recursive: true, force: true }))

const serve = (port = '0'): Promise<ServingProcess> =>
  kinogradServe(
    ...['--checkpoint', root, '--state', join(root, 'state'), '--backend', 'wasm', '--name', 'tiny'],
    ...['--port', port, '--models', '64'],
  )

interface Client {
  readonly ended: Promise<string>
  readonly kill: () => Promise<unknown>
}

const train = (url: string, folder: string): Client => {
  const child: ChildProcess = spawn(process.execPath, [client, url, folder, `${updates}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: 560_000,
    killSignal: 'SIGKILL',
  })
  let said = ''
  child.stderr?.on('data', piece => {
    said += piece
  })
  const ended = new Promise<string>(resolve =>
    child.once('exit', (code, signal) => resolve([code, signal, said].join(' ').trim())),
  )
  return {
    ended,
    kill: () => {
      child.kill('SIGKILL')
      return ended
    },
  }
}

interface Line {
  readonly u: number
}

/** What was sampled and what it came to, update by update; an update that is there twice must be the same twice. */
const journalOf = async (folder: string): Promise<readonly Line[]> => {
  const lines: readonly Line[] = (await readFile(join(folder, 'journal.jsonl'), 'utf8'))
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  const first = new Map<number, Line>()
  for (const line of lines) expect(line).toEqual(first.get(line.u) ?? first.set(line.u, line).get(line.u))
  return [...first.values()]
}

const linesIn = (folder: string): number => {
  const path = join(folder, 'journal.jsonl')
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').length - 1 : 0
}

/** Random instants that are the same each time. */
const chance = (seed: number) => {
  let state = seed
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31
    return state / 2 ** 31
  }
}

/** Kills the server, then the client, and so on, each when another update was made and a moment has passed. */
const killing = async (first: ServingProcess, folder: string): Promise<readonly string[]> => {
  const random = chance(7)
  let server = first
  const port = new URL(server.address).port
  let running = train(server.address, folder)
  const killed: string[] = []
  let seen = 0
  try {
    while (killed.length < kills) {
      const over = await Promise.race([running.ended, sleep(5, undefined)])
      if (over !== undefined) throw new Error(`the client ended after ${killed.length} kills: ${over}`)
      if (linesIn(folder) <= seen) continue
      seen = linesIn(folder)
      await sleep(150 * random())
      if (killed.length % 2 === 0) {
        await server.kill()
        killed.push('server')
        server = await serve(port)
      } else {
        await running.kill()
        killed.push('client')
        running = train(server.address, folder)
      }
    }
    expect(await running.ended).toBe('0')
  } finally {
    await running.kill()
    await server.kill()
  }
  return killed
}

test(`${kills} kills of client and server leave every update done once, on samples of its own weights`, {
  timeout: 900_000,
}, async () => {
  const [whole, broken] = [join(root, 'whole'), join(root, 'broken')]
  await mkdir(whole)
  await mkdir(broken)
  const server = await serve()
  try {
    expect(await train(server.address, whole).ended).toBe('0')
  } catch (why) {
    await server.kill()
    throw why
  }
  const killed = await killing(server, broken)
  expect(killed.length).toBe(kills)
  const expected = await journalOf(whole)
  expect(expected.map(({ u }) => u)).toEqual(Array.from({ length: updates }, (_, u) => u))
  expect(await journalOf(broken)).toEqual(expected)
  const final = async (folder: string): Promise<unknown> =>
    JSON.parse(await readFile(join(folder, 'final.json'), 'utf8'))
  expect(await final(broken)).toEqual(await final(whole))
})
