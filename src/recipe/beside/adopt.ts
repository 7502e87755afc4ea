import { createReadStream, existsSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { type Fault, fault, messageOf } from '../../flow/index.ts'
import type { FailureRow, MetricRow, RolloutRow, Run } from '../../run/index.ts'
import { checkpointOf } from '../checkpoint-places.ts'
import { folderOfArm } from './folder.ts'

const cannot =
  (name: string) =>
  (error: unknown): Fault =>
    fault('CannotWrite', `${name} cannot be taken over: ${messageOf(error)}`, 'Mend that, and --resume.')

/** Adds every row of a log to the run, one by one: this library wrote them. A log that is not there has none. */
const rowsTaken = <A>(path: string, add: (row: A) => TE.TaskEither<Fault, void>): TE.TaskEither<Fault, void> =>
  F.pipe(
    TE.tryCatch(async () => {
      if (!existsSync(path)) return E.right(undefined)
      for await (const line of createInterface({
        input: createReadStream(path),
        crlfDelay: Number.POSITIVE_INFINITY,
      })) {
        const added = await add(JSON.parse(line) as A)()
        if (E.isLeft(added)) return added
      }
      return E.right(undefined)
    }, cannot(path)),
    TE.flatMapEither(result => result),
  )

/** Numbers as a run takes them: what is not finite stands as null in a log. */
const numbers = (values: MetricRow['values']): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value ?? Number.NaN]))

/** Takes what a run of an arm wrote beside this run into it: rows of logs with their times, and its checkpoint. */
export const adopted = (run: Run, name: string): TE.TaskEither<Fault, void> => {
  const folder = folderOfArm(run.directory, name)
  const log = (file: string): string => join(folder, file)
  return F.pipe(
    rowsTaken<MetricRow>(log('metrics.jsonl'), row => run.metrics({ ...row, values: numbers(row.values) })),
    TE.flatMap(() => rowsTaken<RolloutRow>(log('rollouts.jsonl'), row => run.rollouts([row]))),
    TE.flatMap(() => rowsTaken<FailureRow>(log('failures.jsonl'), run.failure)),
    TE.flatMap(() =>
      TE.tryCatch(
        () => cp(checkpointOf({ run: { directory: folder } }, name), checkpointOf({ run }, name), { recursive: true }),
        cannot(`checkpoint ${name}`),
      ),
    ),
  )
}
