import type { either as E } from 'fp-ts'
import type { DatasetFault } from './fault.ts'

/** A JSON value and the place it was read from: `part1.json.gz, element 3` or `log.jsonl, line 7`. */
export interface Placed {
  readonly where: string
  readonly value: unknown
}

/** A value that was read, or the fault that took its place. */
export type Read = E.Either<DatasetFault, Placed>

/** The values of a file, as many at once as are at hand together; each is made when it is asked for, before the next batch is. */
export type Batches = AsyncGenerator<Iterable<Read>, void, undefined>
