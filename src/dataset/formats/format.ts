import type { either as E } from 'fp-ts'
import type { Row } from '../extra.ts'
import type { DatasetFault } from '../fault.ts'
import type { CotRecord, VideoRecord } from '../record.ts'

/** A record as formats give it: with the chain of thought where the file holds one. */
export type AnyRecord = VideoRecord & Partial<Omit<CotRecord, keyof VideoRecord>>

/** Where a value was read from: formats whose files say less than a record needs look at the name of the file and the place in it. */
export interface Origin {
  readonly path: string
  /** "data.json, element 3": how faults name the place. */
  readonly where: string
  /** How many values of the file came before this one. */
  readonly index: number
}

/** A form in which data sets are published, by its name. */
export interface Format {
  readonly name: string
  /** One sentence: whose form it is, and what is told by it. */
  readonly about: string
  /** Whether a value surely is of this form and of no other. */
  readonly fits: (row: Row) => boolean
  /** The records of one value of a file, most often one; a record that is wrong is a `Left` that names the place. */
  readonly read: (value: unknown, origin: Origin) => readonly E.Either<DatasetFault, AnyRecord>[]
  /** The value that is written for a record; absent where the form is read only. */
  readonly write?: (record: AnyRecord) => object
}
