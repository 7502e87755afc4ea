import { spawn } from 'node:child_process'
import { either as E, type taskEither as TE } from 'fp-ts'

export interface ChildOptions {
  readonly cwd?: string
  /** All of the child's environment; nothing is added to it. */
  readonly env: Readonly<Record<string, string>>
  readonly timeoutSeconds: number
  readonly signal?: AbortSignal | undefined
}

const tailBytes = 4_000

/**
 * Stands in for a program, as the leader of a process group of its own. A shell beside it waits on a pipe that this process alone
 * holds open: when the pipe ends, since the program has ended or this process has (by SIGKILL as well), the whole group is killed. Only
 * words that the shell knows by itself are used, so that no program need be found.
 */
const guarded = ['-c', '(read -r _ <&3; kill -KILL 0) >/dev/null 2>&1 & exec "$@" 3<&-', 'sh']

const start = (program: string, args: readonly string[], { cwd, env }: ChildOptions) =>
  process.platform === 'win32'
    ? spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe', 'ignore'] })
    : spawn('/bin/sh', [...guarded, program, ...args], {
        cwd,
        env,
        stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
        detached: true,
      })

/**
 * Runs a program to its end: `Right` is what it wrote to its standard output (the last 64 kB), `Left` a sentence on why it failed with
 * the end of what it wrote. It is killed with all its children when time is up, the signal aborts, or this process ends in whatever
 * way. Standard input is closed.
 */
export const runChild =
  (program: string, args: readonly string[], options: ChildOptions): TE.TaskEither<string, string> =>
  () =>
    new Promise(resolve => {
      const { timeoutSeconds, signal } = options
      if (signal?.aborted) return resolve(E.left('cancelled'))
      let out = ''
      let tail = ''
      let why: string | undefined
      const child = start(program, args, options)
      const { stdout, stderr } = child
      const endGroup = () => child.stdio[3]?.destroy()
      const stop = (reason: string) => () => {
        why ??= reason
        endGroup()
        child.kill('SIGKILL')
      }
      const onAbort = stop('cancelled')
      const timer = setTimeout(stop(`no end after ${timeoutSeconds} s`), timeoutSeconds * 1000)
      signal?.addEventListener('abort', onAbort, { once: true })
      const settle = (result: E.Either<string, string>) => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', onAbort)
        resolve(result)
      }
      stdout?.on('data', (data: Buffer) => {
        out = (out + data).slice(-65_536)
        tail = (tail + data).slice(-tailBytes)
      })
      stderr?.on('data', (data: Buffer) => {
        tail = (tail + data).slice(-tailBytes)
      })
      child.on('error', error => settle(E.left(`${program}: ${error.message}`)))
      child.on('exit', endGroup)
      child.on('close', (code, killed) => {
        if (code === 0 && why === undefined) return settle(E.right(out))
        const end = tail.trim().split('\n').slice(-3).join(' | ')
        settle(
          E.left(
            `${program}: ${why ?? (code === null ? `killed by ${killed}` : `exit code ${code}`)}${end && `: ${end}`}`,
          ),
        )
      })
    })
