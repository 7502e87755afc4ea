import { open, stat } from 'node:fs/promises'
import { either as E, type taskEither as TE } from 'fp-ts'
import type * as t from 'io-ts'
import { type DatasetFault, type Placed, readValues } from '../dataset/index.ts'
import { isTooDeep } from '../untrusted/index.ts'
import { cannotRead, isMissing, type RunFault, runFault } from './fault.ts'
import { lastLineStart } from './partial-line.ts'

/** How much of a log is read, from its end: some hundred thousand rows of numbers, some thousand rollouts with pictures. */
export const newestBytes = 64 * 1024 * 1024

/** Takes rows one by one and says at the end what it made of them. */
export interface Collector<A, B> {
  readonly add: (row: A) => void
  readonly all: () => B
}

/** The longest row that may stand cut at the end of a log: rollouts carry small pictures. */
const longestRow = 16 * 2 ** 20

/** Whether a log ends in the middle of a row, as a process leaves it that is writing or was killed at that. */
const endsInRow = async (path: string): Promise<boolean> => {
  const file = await open(path, 'r')
  try {
    const { size } = await file.stat()
    const start = await lastLineStart(file, size, longestRow)
    if (start === undefined) return false
    const { buffer } = await file.read(Buffer.alloc(size - start), 0, size - start, start)
    // Nothing that writes rows nests them, or begins them with anything but a brace.
    return buffer[0] === 0x7b && !isTooDeep(buffer.toString('utf8'))
  } finally {
    await file.close()
  }
}

/** The values of a log; a last line that is not ended and cannot be read is not there yet. */
async function* valuesOf(path: string): AsyncGenerator<E.Either<DatasetFault, Placed>> {
  let held: E.Either<DatasetFault, Placed> | undefined
  for await (const placed of readValues(path, { newest: newestBytes })) {
    if (held !== undefined) yield held
    held = placed
  }
  if (held !== undefined && (E.isRight(held) || held.left._tag !== 'BadJson' || !(await endsInRow(path)))) yield held
}

/**
 * Reads the newest 64 MiB of a log of a run line by line and shows each row to a new collector; holds what that holds. No file
 * is no rows, and a last line that was not written to its end is none. A line that is not what it should be is `BadRow`, with its number.
 */
export const collectRows =
  <A, B>(row: t.Type<A, unknown, unknown>, path: string, start: () => Collector<A, B>): TE.TaskEither<RunFault, B> =>
  async () => {
    const { add, all } = start()
    try {
      const about = await stat(path)
      if (about.isFile() && about.size === 0) return E.right(all())
    } catch (error) {
      return isMissing(error) ? E.right(all()) : E.left(cannotRead(path)(error))
    }
    for await (const placed of valuesOf(path)) {
      if (E.isLeft(placed)) {
        const { _tag, cause, remedy } = placed.left
        return E.left(runFault(_tag === 'NoFile' ? 'CannotRead' : 'BadRow', `${cause}: no ${row.name}`, remedy))
      }
      const { where, value } = placed.right
      const decoded = row.decode(value)
      if (E.isLeft(decoded)) return E.left(runFault('BadRow', `${where} is not a ${row.name}`, 'Remove the line.'))
      add(decoded.right)
    }
    return E.right(all())
  }

const matching = <A>(keep: (row: A) => boolean): Collector<A, readonly A[]> => {
  const rows: A[] = []
  return {
    add: row => {
      if (keep(row)) rows.push(row)
    },
    all: () => rows,
  }
}

/**
 * Reads a log of a run, its newest 64 MiB where it is longer; no file is no rows. A line that is not what it should be is `BadRow`, with its number. Holds
 * the rows that `keep` lets through.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { metricRow, readRows } from 'kinograd/run'
 *
 * const rows = await readRows(metricRow, 'no-such-run/metrics.jsonl', ({ phase }) => phase === 'SFT')()
 * assert.deepEqual(rows, E.right([]))
 * ```
 */
export const readRows = <A>(
  row: t.Type<A, unknown, unknown>,
  path: string,
  keep: (row: A) => boolean = () => true,
): TE.TaskEither<RunFault, readonly A[]> => collectRows(row, path, () => matching(keep))
