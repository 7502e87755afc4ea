import { rm } from 'node:fs/promises'
import { function as F, taskEither as TE } from 'fp-ts'
import type { Fault } from '../../flow/index.ts'
import { armPhase, startOf } from '../arm-done.ts'
import { armRuns } from '../arm-runs.ts'
import { orDoAgain } from '../checkpoint-places.ts'
import type { PolicyJob } from '../job.ts'
import type { Arm, Reinforcement } from '../reinforcement.ts'
import { type ArmRunSummary, armRunSummary } from '../summary.ts'
import { adoptedArm } from './adopt.ts'
import { answerOf } from './answer.ts'
import type { Beside } from './beside.ts'
import { folderBeside, folderOf, type Task } from './task.ts'

const gone = (folder: string): TE.TaskEither<Fault, void> =>
  TE.fromTask(() => rm(folder, { recursive: true, force: true }))

/** Takes away what was done beside the run. */
export const clearedBeside = ({ run }: Pick<PolicyJob, 'run'>): TE.TaskEither<Fault, void> =>
  gone(folderBeside(run.directory))

/**
 * All runs of the arms of a recipe by name, several at once, each in a process of its own and in a folder of its own inside of the run's,
 * where it is resumed from. Each is taken over in its turn, as if it had been done here: logs, checkpoint and summary are those of runs
 * one after the other. While there are runs to do, `ended` is told of each whose checkpoint is the run's. Left: what ends a run of an arm; `ProcessEnded`, where its
 * process ends otherwise. The others are then stopped, and go on from there when the run is resumed.
 */
export const armsBeside = (
  job: PolicyJob,
  rl: Reinforcement<string, string>,
  beside: Beside,
  ended: (name: string) => void,
): TE.TaskEither<Fault, readonly (readonly [name: string, summary: ArmRunSummary])[]> => {
  const arms = armRuns(rl, job.recipe.seed).map(({ run }) => run)
  const left = arms.filter(({ title }) => job.run.ledger.done(title) === undefined)
  const from = startOf(job)
  const again = from.startMadeBy === undefined ? TE.mapLeft((wrong: Fault) => wrong) : orDoAgain(job, from.startMadeBy)
  const taskOf = ({ name }: Arm<string>): Task => ({ kind: 'arm', name })
  const inTurn = (arm: Arm<string>) => {
    const task = taskOf(arm)
    return F.pipe(
      armPhase(job, rl, arm, from, () => {
        beside.show(task)
        return F.pipe(
          beside.result(task),
          TE.flatMapEither(answerOf(armRunSummary)),
          again,
          TE.tap(() => adoptedArm(job.run, arm.name)),
        )
      }),
      TE.tap(() => gone(folderOf(job.run.directory, task))),
      TE.map((summary): readonly [string, ArmRunSummary] => {
        if (left.length > 0) ended(arm.name)
        return [arm.name, summary]
      }),
    )
  }
  return F.pipe(
    TE.fromIO<void, Fault>(() => {
      for (const arm of left) beside.give(taskOf(arm))
    }),
    TE.flatMap(() => TE.traverseSeqArray(inTurn)(arms)),
    TE.tapIO(() => () => beside.show(undefined)),
  )
}
