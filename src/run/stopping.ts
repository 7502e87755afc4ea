import { type Fault, fault } from '../flow/index.ts'

/** Ends work in order: nothing more is asked, what is under way is waited for. */
export interface Stopping {
  /** The first reason counts. */
  readonly stop: (why: Fault) => void
  readonly why: () => Fault | undefined
  /** Aborted when what is under way is waited for no longer. */
  readonly signal: AbortSignal
  readonly dispose: () => void
}

const cancelled = fault('Cancelled', 'it was stopped', 'Go on with --resume.')

/**
 * Listens to `signal` (Ctrl-C), and waits at most `drainMs` for what is under way. For commands that ask somebody: what was asked for is
 * waited for, and nothing more is asked.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { fault } from 'kinograd/flow'
 * import { stopping } from 'kinograd/run'
 *
 * const stop = stopping(new AbortController().signal, 1000)
 * stop.stop(fault('NoSpace', 'the disk is full', 'Free some space.'))
 * assert(stop.why()?._tag === 'NoSpace' && !stop.signal.aborted)
 * stop.dispose()
 * ```
 */
export const stopping = (signal: AbortSignal, drainMs: number): Stopping => {
  const controller = new AbortController()
  let why: Fault | undefined
  let timer: NodeJS.Timeout | undefined
  const stop = (given: Fault): void => {
    if (why !== undefined) return
    why = given
    timer = setTimeout(() => controller.abort(), drainMs)
  }
  const listener = () => stop(cancelled)
  if (signal.aborted) listener()
  signal.addEventListener('abort', listener, { once: true })
  return {
    stop,
    why: () => why,
    signal: controller.signal,
    dispose: () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', listener)
    },
  }
}
