import { type ChildProcessByStdio, spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { either as E, type taskEither as TE } from 'fp-ts'
import { fault } from '../../flow/index.ts'
import { neededEnvironment } from '../../untrusted/index.ts'
import { type Bounds, cancelled, tooSlow } from '../bounds.ts'
import type { MediaFault } from '../types.ts'

/** One run of the ffmpeg program. */
export interface Child {
  readonly executable: string
  readonly args: readonly string[]
  readonly bounds: Bounds
  /** The child is killed when it writes more than this to its standard output. */
  readonly maxBytes: number
  readonly onBytes: (chunk: Buffer) => void
  /** Which lines of standard error are kept as what the child said; all unless given. */
  readonly keeps?: (line: string) => boolean
}

/** How a child ended of its own accord. */
export interface Ended {
  readonly code: number
  /** The last 32 KiB of what it said on standard error, and the signal that ended it, if one did (a crash). */
  readonly said: string
}

const keptCharacters = 32_768

/**
 * Runs ffmpeg without a shell, with standard input closed and standard error drained into a bounded tail. The child is
 * killed (SIGKILL, it may hang) when cancelled, too slow or too loud; only then `Cancelled`, `TooSlow`, `TooLarge`.
 * `NoDecoder` when it cannot be started.
 */
export const runChild =
  ({ executable, args, bounds, maxBytes, onBytes, keeps }: Child): TE.TaskEither<MediaFault, Ended> =>
  () =>
    new Promise(resolve => {
      const { deadline, signal } = bounds
      if (signal?.aborted) return resolve(E.left(cancelled(bounds)))
      const child = spawn(executable, args, {
        stdio: ['ignore', 'pipe', 'pipe'],
        windowsHide: true,
        env: neededEnvironment(process.env),
      })
      let failed: MediaFault | undefined
      const stop = (why: MediaFault) => {
        failed ??= why
        child.kill('SIGKILL')
      }
      const timer = setTimeout(() => stop(tooSlow(bounds)), Math.max(0, deadline - Date.now()))
      const abort = () => stop(cancelled(bounds))
      signal?.addEventListener('abort', abort, { once: true })
      const settle = (result: E.Either<MediaFault, Ended>) => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', abort)
        resolve(result)
      }
      const said = lastWords(child, keeps)
      let bytes = 0
      child.stdout.on('data', (chunk: Buffer) => {
        if (failed !== undefined) return
        bytes += chunk.length
        if (bytes <= maxBytes) onBytes(chunk)
        else stop(tooLoud(bounds.what, maxBytes))
      })
      child.on('error', error => settle(E.left(notStarted(executable, error))))
      child.on('close', (code, killedBy) => {
        const words = `${said()}${killedBy === null ? '' : `\nthe program was ended by ${killedBy}`}`.trim()
        settle(failed === undefined ? E.right({ code: code ?? -1, said: words }) : E.left(failed))
      })
    })

/** Reads what a child says on standard error; gives the end of it, of its kept lines where it is told which. */
const lastWords = (
  child: ChildProcessByStdio<null, Readable, Readable>,
  keeps: ((line: string) => boolean) | undefined,
): (() => string) => {
  let said = ''
  let line = ''
  child.stderr.on('data', (chunk: Buffer) => {
    const text = chunk.toString('utf8')
    if (keeps === undefined) {
      said = (said + text).slice(-keptCharacters)
      return
    }
    const lines = (line + text).split(/[\r\n]/)
    line = (lines.pop() ?? '').slice(-keptCharacters)
    for (const whole of lines) if (keeps(whole)) said = `${said}${whole}\n`.slice(-keptCharacters)
  })
  return () => (keeps?.(line) ? said + line : said)
}

const tooLoud = (what: string, maxBytes: number): MediaFault =>
  fault('TooLarge', `${what} gave more than ${maxBytes} bytes`, 'The file lies about its size; leave it out.')

const notStarted = (executable: string, error: Error): MediaFault =>
  fault(
    'NoDecoder',
    `${executable} cannot be run: ${error.message}`,
    'Give the path of an ffmpeg program, or use node-av.',
  )
