import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { either as E, type taskEither as TE } from 'fp-ts'
import type * as t from 'io-ts'
import { cannotRead, type RunFault, runFault } from './fault.ts'

/**
 * Reads a log of a run; no file is no rows. A line that is not what it should be is `BadRow`, with its number. Holds
 * the rows that `keep` lets through.
 */
export const readRows =
  <A>(
    row: t.Type<A, unknown, unknown>,
    path: string,
    keep: (row: A, index: number) => boolean = () => true,
  ): TE.TaskEither<RunFault, readonly A[]> =>
  async () => {
    const rows: A[] = []
    let number = 0
    try {
      for await (const line of createInterface({
        input: createReadStream(path),
        crlfDelay: Number.POSITIVE_INFINITY,
      })) {
        number += 1
        const value = E.tryCatch(
          (): unknown => JSON.parse(line),
          () => undefined,
        )
        const decoded = E.isRight(value) ? row.decode(value.right) : value
        if (E.isLeft(decoded))
          return E.left(runFault('BadRow', `${path}, line ${number} is not a ${row.name}`, 'Remove the line.'))
        if (keep(decoded.right, number - 1)) rows.push(decoded.right)
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return E.left(cannotRead(path)(error))
    }
    return E.right(rows)
  }
