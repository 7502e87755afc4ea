import { either as E } from 'fp-ts'
import type { Errors } from 'io-ts'
import { cotRecord, type RecordCodec, videoRecord } from './codec.ts'
import { badRecord, type DatasetFault } from './fault.ts'
import type { CotRecord, VideoRecord } from './record.ts'
import { readValues } from './values.ts'

/** Records as they are read: cold, one pass, each either a record or the fault that took its place. */
export type Records<R extends VideoRecord> = AsyncIterable<E.Either<DatasetFault, R>>

const inOrder = new Intl.Collator('en', { numeric: true })

/** The parts of a data set in the order of their names, numbers by value: `part2of12` before `part10of12`. */
export const sortParts = (paths: readonly string[]): readonly string[] =>
  [...paths].sort((a, b) => inOrder.compare(a, b) || (a < b ? -1 : 1))

const readWith =
  <R extends VideoRecord>(codec: RecordCodec<R>) =>
  (paths: string | readonly string[]): Records<R> => ({
    async *[Symbol.asyncIterator]() {
      for (const path of typeof paths === 'string' ? [paths] : sortParts(paths))
        for await (const placed of readValues(path))
          if (E.isLeft(placed)) yield placed
          else {
            const { where, value } = placed.right
            yield E.mapLeft((errors: Errors) => badRecord(where, value, errors))(codec.decode(value))
          }
    },
  })

/**
 * Reads the questions of one file or several parts: JSON array or JSONL, gzip or not, parts in the order of their
 * names. Bounded memory: one piece of text and its records. Faults name file, line or element, problem_id and field.
 */
export const readRecords: (paths: string | readonly string[]) => Records<VideoRecord> = readWith(videoRecord)

/** Reads chain-of-thought files (VideoP2R-CoT-162K's or our own) as `readRecords` reads questions. */
export const readCot: (paths: string | readonly string[]) => Records<CotRecord> = readWith(cotRecord)
