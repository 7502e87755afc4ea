import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url))

/** What a command came to. */
export interface Ended {
  /** Null where a signal ended it. */
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** How a command is run: where, with what of the environment, and when it is killed. */
interface Running {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  /** Asked again and again: the process is killed (SIGKILL) once this is true. */
  readonly killWhen?: () => boolean
  /** The same: the process is interrupted (SIGINT), once. */
  readonly interruptWhen?: () => boolean
  readonly limitMs?: number
}

/** Runs `kinograd` as a process of its own, on WebAssembly, with a time limit. */
export const kinograd = (
  args: readonly string[],
  { cwd, env = {}, killWhen, interruptWhen, limitMs = 240_000 }: Running,
): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const { PATH = '', HOME = '' } = process.env
    const child = spawn(process.execPath, [main, ...args], {
      cwd,
      env: { PATH, HOME, KINOGRAD_NATIVE: 'off', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let [out, err] = ['', '']
    child.stdout.on('data', piece => {
      out += piece
    })
    child.stderr.on('data', piece => {
      err += piece
    })
    const limit = setTimeout(() => {
      child.kill('SIGKILL')
      reject(new Error(`kinograd ${args.join(' ')} had no end after ${limitMs} ms:\n${out}\n${err}`))
    }, limitMs)
    let interrupted = false
    const watching = setInterval(() => {
      if (killWhen?.() === true) child.kill('SIGKILL')
      if (!interrupted && interruptWhen?.() === true) interrupted = child.kill('SIGINT')
    }, 20)
    child.on('close', code => {
      clearTimeout(limit)
      clearInterval(watching)
      resolve({ code, out, err })
    })
  })
