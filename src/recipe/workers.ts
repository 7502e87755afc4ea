import type { taskEither as TE } from 'fp-ts'
import type { Fault } from '../flow/index.ts'
import type { Transport } from '../transport/index.ts'

/** Workers that do the data phase in place of this process: how they are reached, and as what. */
export interface Workers {
  readonly transport: TE.TaskEither<Fault, Transport>
  /** What the run is called among them. */
  readonly run: string
  /** Another one where the stages would make something else of a record. */
  readonly version: string
}
