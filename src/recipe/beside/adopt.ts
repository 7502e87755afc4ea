import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { function as F, taskEither as TE } from 'fp-ts'
import { type Fault, fault, stageError } from '../../flow/index.ts'
import type { FailureRow, MetricRow, RolloutRow, Run } from '../../run/index.ts'
import type { Accounts } from '../accounts.ts'
import { checkpointOf } from '../checkpoint-places.ts'
import { outputsFile } from '../evaluation-phase.ts'
import { cannotTake, rowsTaken } from './rows-taken.ts'
import { folderOf } from './task.ts'

/** Numbers as a run takes them: what is not finite stands as null in a log. */
const numbers = (values: MetricRow['values']): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value ?? Number.NaN]))

const oneByOne =
  <A>(add: (row: A) => TE.TaskEither<Fault, void>) =>
  (rows: readonly A[]): TE.TaskEither<Fault, void> =>
    TE.map(() => undefined)(TE.traverseSeqArray(add)(rows))

/** Takes what a run of an arm wrote beside this run into it: rows of logs with their times, and its checkpoint. */
export const adoptedArm = (run: Run, name: string): TE.TaskEither<Fault, void> => {
  const folder = folderOf(run.directory, { kind: 'arm', name })
  const log = (file: string): string => join(folder, file)
  return F.pipe(
    rowsTaken(
      log('metrics.jsonl'),
      oneByOne((row: MetricRow) => run.metrics({ ...row, values: numbers(row.values) })),
    ),
    TE.flatMap(() => rowsTaken<RolloutRow>(log('rollouts.jsonl'), run.rollouts)),
    TE.flatMap(() => rowsTaken(log('failures.jsonl'), oneByOne(run.failure))),
    TE.flatMap(() =>
      TE.tryCatch(
        () => cp(checkpointOf({ run: { directory: folder } }, name), checkpointOf({ run }, name), { recursive: true }),
        cannotTake(`checkpoint ${name}`),
      ),
    ),
  )
}

/** Takes the answers of a policy that was tested beside this run into it, and its failures into the accounts. Left: `TooManyFailures`. */
export const adoptedAnswers = (run: Run, name: string, account: Accounts): TE.TaskEither<Fault, void> => {
  const folder = folderOf(run.directory, { kind: 'policy', name })
  return F.pipe(
    rowsTaken<unknown>(join(folder, outputsFile), rows => run.output(outputsFile, rows)),
    TE.flatMap(() =>
      rowsTaken(
        join(folder, 'failures.jsonl'),
        oneByOne(
          ({ item, stage, tag, cause, remedy, time }: FailureRow) =>
            () =>
              account.failed(stageError(stage, item, fault(tag, cause, remedy)), 1, time),
        ),
      ),
    ),
  )
}

/** Takes the failures of a policy whose test has ended with one too many into the run's. */
export const adoptedFailures = (run: Run, name: string): TE.TaskEither<Fault, void> =>
  rowsTaken(join(folderOf(run.directory, { kind: 'policy', name }), 'failures.jsonl'), oneByOne(run.failure))
