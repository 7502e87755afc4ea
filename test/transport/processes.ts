import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** A file of this folder as a program that runs by itself against the built package. */
const program = async (name: 'worker' | 'driver'): Promise<string> => {
  const outfile = `${root}build/test-transport/${name}-${process.pid}.mjs`
  await build({
    ...{ entryPoints: [`${root}test/transport/${name}.ts`], outfile, bundle: true, platform: 'node', format: 'esm' },
    packages: 'external',
  })
  return outfile
}

/** Megabytes that a process held at most, where the system tells. */
const mostHeld = ({ pid }: ChildProcess): number => {
  const status = `/proc/${pid}/status`
  return existsSync(status) ? Math.round(Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(status, 'utf8'))?.[1]) / 1024) : 0
}

/** Workers that are killed one after the other, and what is left of them. */
export const startWorkers = async (count: number, args: readonly string[], killEveryMs = Number.POSITIVE_INFINITY) => {
  const file = await program('worker')
  const alive: ChildProcess[] = []
  let kills = 0
  const start = (): void => {
    alive.push(spawn(process.execPath, [file, ...args], { stdio: ['ignore', 'ignore', 'inherit'], cwd: root }))
  }
  for (let i = 0; i < count; i++) start()
  const kill = (): void => {
    alive.shift()?.kill('SIGKILL')
    kills += 1
    start()
  }
  const killing = Number.isFinite(killEveryMs) ? setInterval(kill, killEveryMs) : undefined
  const stop = (): { readonly kills: number; readonly megabytes: number } => {
    clearInterval(killing)
    const megabytes = Math.max(0, ...alive.map(mostHeld))
    for (const child of alive.splice(0)) child.kill('SIGKILL')
    return { kills, megabytes }
  }
  return { stop }
}

/** What a driver said at its end. */
export interface Driven {
  readonly came: number
  readonly wrong: number
  readonly early: number
  readonly most: number
  readonly seconds: number
}

/** Runs a driver to its end. */
export const drive = async (args: readonly string[]): Promise<Driven> => {
  const child = spawn(process.execPath, [await program('driver'), ...args], {
    ...{ stdio: ['ignore', 'pipe', 'inherit'], cwd: root },
  })
  let said = ''
  child.stdout?.on('data', piece => {
    said += piece
  })
  const code = await new Promise(done => child.once('exit', done))
  if (code !== 0) throw new Error(`the driver ended with ${code}`)
  return JSON.parse(said)
}
