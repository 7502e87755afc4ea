import { codeOf } from '../flow/index.ts'

/** What a closed pipe is heard on: `process.stdout`, or a stand-in. */
export interface Piped {
  readonly on: (event: 'error', listener: (error: Error) => void) => unknown
}

/**
 * Hears that whoever read our output has gone (`kinograd … | head`), which otherwise ends a process with a stack of calls. `closed` is
 * called once. Other errors of the stream are thrown.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { PassThrough } from 'node:stream'
 * import { whenClosed } from 'kinograd/run'
 *
 * const stream = new PassThrough()
 * let times = 0
 * whenClosed(stream, () => times++)
 * stream.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
 * assert.equal(times, 1)
 * ```
 */
export const whenClosed = (stream: Piped, closed: () => void): void => {
  let gone = false
  stream.on('error', error => {
    if (codeOf(error) !== 'EPIPE') throw error
    if (!gone) closed()
    gone = true
  })
}
