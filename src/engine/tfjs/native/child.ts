import { spawn } from 'node:child_process'
import { either as E, type taskEither as TE } from 'fp-ts'

export interface ChildOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  readonly timeoutSeconds: number
  readonly signal?: AbortSignal | undefined
}

const tailBytes = 4_000

/**
 * Runs a program to its end: `Right` is what it wrote to its standard output (the last 64 kB), `Left` a sentence on why it failed with
 * the end of what it wrote. It is killed when time is up or the signal aborts. Standard input is closed.
 */
export const runChild =
  (
    program: string,
    args: readonly string[],
    { cwd, env, timeoutSeconds, signal }: ChildOptions,
  ): TE.TaskEither<string, string> =>
  () =>
    new Promise(resolve => {
      if (signal?.aborted) return resolve(E.left('cancelled'))
      let out = ''
      let tail = ''
      let why: string | undefined
      const child = spawn(program, args, {
        cwd,
        env: { ...process.env, ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true,
      })
      const stop = (reason: string) => () => {
        why ??= reason
        // The whole group: npm and pip have children of their own.
        if (child.pid !== undefined && child.exitCode === null) {
          try {
            process.kill(-child.pid, 'SIGKILL')
          } catch {
            child.kill('SIGKILL')
          }
        }
      }
      const onAbort = stop('cancelled')
      const timer = setTimeout(stop(`no end after ${timeoutSeconds} s`), timeoutSeconds * 1000)
      signal?.addEventListener('abort', onAbort, { once: true })
      const settle = (result: E.Either<string, string>) => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', onAbort)
        resolve(result)
      }
      child.stdout.on('data', (data: Buffer) => {
        out = (out + data).slice(-65_536)
        tail = (tail + data).slice(-tailBytes)
      })
      child.stderr.on('data', (data: Buffer) => {
        tail = (tail + data).slice(-tailBytes)
      })
      child.on('error', error => settle(E.left(`${program}: ${error.message}`)))
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
