import { createReadStream, existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { either as E, taskEither as TE } from 'fp-ts'
import { type Fault, fault, messageOf } from '../../flow/index.ts'

/** The fault of something that was done beside the run and cannot become the run's. */
export const cannotTake =
  (name: string) =>
  (error: unknown): Fault =>
    fault('CannotWrite', `${name} cannot be taken over: ${messageOf(error)}`, 'Mend that, and --resume.')

/** Rows that are taken over together. */
const atATime = 200

/** Adds all rows of a log to the run, some at a time: this library wrote them. A log that is not there has none. */
export const rowsTaken = <A>(
  path: string,
  add: (rows: readonly A[]) => TE.TaskEither<Fault, void>,
): TE.TaskEither<Fault, void> =>
  TE.flatten(
    TE.tryCatch(async () => {
      if (!existsSync(path)) return TE.right(undefined)
      let rows: A[] = []
      for await (const line of createInterface({
        input: createReadStream(path),
        crlfDelay: Number.POSITIVE_INFINITY,
      })) {
        rows.push(JSON.parse(line) as A)
        if (rows.length < atATime) continue
        const added = await add(rows)()
        if (E.isLeft(added)) return TE.left(added.left)
        rows = []
      }
      return rows.length === 0 ? TE.right(undefined) : add(rows)
    }, cannotTake(path)),
  )
