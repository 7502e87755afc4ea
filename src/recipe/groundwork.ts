import type { taskEither as TE } from 'fp-ts'
import type { Fault } from '../flow/index.ts'
import type { Run } from '../run/index.ts'

/** A phase of your own before all others: it makes or fetches what they read. */
export interface Groundwork {
  /** What the phase is called. */
  readonly title: string
  /** What it does, in a few words of the plan. */
  readonly does?: string
  readonly work: (run: Run, signal: AbortSignal) => TE.TaskEither<Fault, unknown>
  /** Files that it makes and that must be the same when the run is resumed. */
  readonly writes: readonly string[]
  /** Asked in every process, once the phase is done: is all that it made still there? */
  readonly check?: TE.TaskEither<Fault, unknown>
}
