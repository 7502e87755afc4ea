import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { either as E, function as F, type taskEither as TE } from 'fp-ts'
import type * as t from 'io-ts'
import { cannotRead, isMissing, type RunFault, runFault } from './fault.ts'

const parsed = (line: string): E.Either<unknown, unknown> => E.tryCatch((): unknown => JSON.parse(line), F.identity)

/** Takes rows one by one and says at the end what it made of them. */
export interface Collector<A, B> {
  readonly add: (row: A) => void
  readonly all: () => B
}

/**
 * Reads a log of a run line by line and shows each row to a new collector; holds what that holds. No file is no rows. A
 * line that is not what it should be is `BadRow`, with its number.
 */
export const collectRows =
  <A, B>(row: t.Type<A, unknown, unknown>, path: string, start: () => Collector<A, B>): TE.TaskEither<RunFault, B> =>
  async () => {
    const { add, all } = start()
    let number = 0
    try {
      const lines = createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })
      for await (const line of lines) {
        number += 1
        const decoded = F.pipe(parsed(line), E.flatMap(row.decode))
        if (E.isLeft(decoded))
          return E.left(runFault('BadRow', `${path}, line ${number} is not a ${row.name}`, 'Remove the line.'))
        add(decoded.right)
      }
    } catch (error) {
      if (!isMissing(error)) return E.left(cannotRead(path)(error))
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
 * Reads a log of a run; no file is no rows. A line that is not what it should be is `BadRow`, with its number. Holds
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
