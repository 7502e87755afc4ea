import { fault } from '../flow/index.ts'
import type { MediaFault } from './types.ts'

/** What bounds a call of a decoder. */
export interface Bounds {
  /** Names the file, or the program, in faults. */
  readonly what: string
  /** Milliseconds since the epoch. */
  readonly deadline: number
  readonly signal: AbortSignal | undefined
}

/** The bounds of a call that may take so many milliseconds from now on. */
export const boundsFromNow = (what: string, milliseconds: number, signal: AbortSignal | undefined): Bounds => ({
  what,
  deadline: Date.now() + milliseconds,
  signal,
})

/** The fault of a call that was given up by whoever asked. */
export const cancelled = ({ what }: Pick<Bounds, 'what'>): MediaFault =>
  fault('Cancelled', `${what} was cancelled`, 'Nothing to do: whoever asked gave up.')

/** The fault of a call that reached its deadline. */
export const tooSlow = ({ what }: Bounds): MediaFault =>
  fault('TooSlow', `${what} took longer than its limit`, 'Raise limits.milliseconds if you trust the file.')

/** Why a call must end now, if so. */
export const overdue = (bounds: Bounds): MediaFault | undefined =>
  bounds.signal?.aborted ? cancelled(bounds) : Date.now() > bounds.deadline ? tooSlow(bounds) : undefined
