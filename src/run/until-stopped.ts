import type { SignalSource } from './interrupt.ts'

/**
 * Resolves at the first Ctrl-C or SIGTERM, for a command that serves until somebody ends it; the next one does what it does by itself.
 *
 * ```ts
 * import { EventEmitter } from 'node:events'
 * import { untilStopped } from 'kinograd/run'
 *
 * const source = Object.assign(new EventEmitter(), { exit: () => undefined })
 * const stopped = untilStopped(source)
 * source.emit('SIGTERM')
 * await stopped
 * ```
 */
export const untilStopped = (source: Pick<SignalSource, 'on' | 'off'> = process): Promise<void> =>
  new Promise(done => {
    const stop = () => {
      source.off('SIGINT', stop)
      source.off('SIGTERM', stop)
      done()
    }
    source.on('SIGINT', stop)
    source.on('SIGTERM', stop)
  })
