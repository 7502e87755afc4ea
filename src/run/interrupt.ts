import { exitCodes } from './exit.ts'

/** What `interruptible` listens to: `process`, or a stand-in. */
export interface SignalSource {
  readonly on: (signal: 'SIGINT' | 'SIGTERM', listener: () => void) => unknown
  readonly off: (signal: 'SIGINT' | 'SIGTERM', listener: () => void) => unknown
  readonly exit: (code: number) => unknown
}

/** Ctrl-C as a signal. */
export interface Interruptible {
  /** Aborted at the first Ctrl-C. */
  readonly signal: AbortSignal
  /** Does as Ctrl-C does, and says nothing: whoever read has gone. */
  readonly quietly: () => void
  /** Whether it was stopped quietly. */
  readonly quiet: () => boolean
  /** Stops listening. */
  readonly dispose: () => void
}

/**
 * Makes Ctrl-C orderly: the first one aborts `signal` and says how to resume, so that work is saved where it stands; a
 * second one leaves at once with exit code 130. SIGTERM counts as Ctrl-C, and `quietly` is for a pipe that was closed.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { interruptible } from 'kinograd/run'
 *
 * const { signal, dispose } = interruptible({ resumeWith: 'node job.js --resume', say: console.error })
 * assert.equal(signal.aborted, false)
 * dispose()
 * ```
 */
export const interruptible = (options: {
  readonly resumeWith: string
  readonly say: (text: string) => void
  readonly source?: SignalSource
}): Interruptible => {
  const { resumeWith, say, source = process } = options
  const controller = new AbortController()
  let quiet = false
  const listener = () => {
    if (controller.signal.aborted) return void source.exit(exitCodes.interrupted.code)
    say(`Stopping; what was done is saved. Continue with: ${resumeWith}  (Ctrl-C again leaves at once.)`)
    controller.abort()
  }
  source.on('SIGINT', listener)
  source.on('SIGTERM', listener)
  return {
    signal: controller.signal,
    quietly: () => {
      quiet = !controller.signal.aborted
      controller.abort()
    },
    quiet: () => quiet,
    dispose: () => {
      source.off('SIGINT', listener)
      source.off('SIGTERM', listener)
    },
  }
}
