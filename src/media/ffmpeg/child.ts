import { spawn } from 'node:child_process'
import { either as E, type taskEither as TE } from 'fp-ts'
import { fault } from '../../flow/index.ts'
import type { MediaFault } from '../types.ts'

/** One run of the ffmpeg program. */
export interface Child {
  readonly executable: string
  readonly args: readonly string[]
  /** Names the file in faults. */
  readonly what: string
  /** Milliseconds since the epoch. */
  readonly deadline: number
  /** The child is killed when it writes more than this to its standard output. */
  readonly maxBytes: number
  readonly signal: AbortSignal | undefined
  readonly onBytes: (chunk: Buffer) => void
}

/** How a child ended of its own accord. */
export interface Ended {
  readonly code: number
  /** The last 8 KiB of what it said on standard error. */
  readonly said: string
}

const kept = 8192

/**
 * Runs ffmpeg without a shell, with standard input closed and standard error drained into a bounded tail. The child is
 * killed (SIGKILL, it may hang) when cancelled, too slow or too loud; only then `Cancelled`, `TooSlow`, `TooLarge`.
 * `NoDecoder` when it cannot be started.
 */
export const runChild =
  ({ executable, args, what, deadline, maxBytes, signal, onBytes }: Child): TE.TaskEither<MediaFault, Ended> =>
  () =>
    new Promise(resolve => {
      if (signal?.aborted) return resolve(E.left(cancelled(what)))
      const child = spawn(executable, args, { stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true })
      let said = ''
      let bytes = 0
      let failed: MediaFault | undefined
      const stop = (why: MediaFault) => {
        failed ??= why
        child.kill('SIGKILL')
      }
      const timer = setTimeout(
        () =>
          stop(
            fault('TooSlow', `${what} took longer than its limit`, 'Raise limits.milliseconds if you trust the file.'),
          ),
        Math.max(0, deadline - Date.now()),
      )
      const abort = () => stop(cancelled(what))
      signal?.addEventListener('abort', abort, { once: true })
      const settle = (result: E.Either<MediaFault, Ended>) => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', abort)
        resolve(result)
      }
      child.stdout.on('data', (chunk: Buffer) => {
        if (failed !== undefined) return
        bytes += chunk.length
        if (bytes > maxBytes)
          stop(
            fault(
              'TooLarge',
              `${what} gave more than ${maxBytes} bytes`,
              'The file lies about its size; leave it out.',
            ),
          )
        else onBytes(chunk)
      })
      child.stderr.on('data', (chunk: Buffer) => {
        said = (said + chunk.toString('utf8')).slice(-kept)
      })
      child.on('error', error =>
        settle(
          E.left(
            fault(
              'NoDecoder',
              `${executable} cannot be run: ${error.message}`,
              'Give the path of an ffmpeg program, or use node-av.',
            ),
          ),
        ),
      )
      child.on('close', code =>
        settle(failed === undefined ? E.right({ code: code ?? -1, said: said.trim() }) : E.left(failed)),
      )
    })

const cancelled = (what: string): MediaFault =>
  fault('Cancelled', `${what} was cancelled`, 'Nothing to do: whoever asked gave up.')
