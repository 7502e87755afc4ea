import { function as F, taskEither as TE } from 'fp-ts'
import type { Fault } from '../flow/index.ts'
import { phase, type Savepoints } from '../run/index.ts'
import { type ArmState, type ArmTraining, armState, trainArm } from './arm-phase.ts'
import { checkpointOf, manifestOf, manifestsOf, sweep } from './checkpoint-places.ts'
import type { AnyRecipe, PolicyJob } from './job.ts'
import type { Arm, Reinforcement } from './reinforcement.ts'
import { type ArmRunSummary, armRunSummary } from './summary.ts'
import { titlesOf } from './titles.ts'

/** The checkpoint that the arms of a recipe start from, and the phase of the run that made it. */
export type From = Pick<ArmTraining, 'start' | 'startMadeBy'>

/** Where the arms of a recipe start. */
export const startOf = ({
  recipe,
  run,
}: {
  readonly recipe: AnyRecipe
  readonly run: Pick<PolicyJob['run'], 'directory'>
}): From =>
  recipe.rl?.start === undefined && recipe.sft !== undefined
    ? { start: checkpointOf({ run }, 'sft'), startMadeBy: titlesOf(recipe).sft }
    : { start: recipe.rl?.start, startMadeBy: undefined }

/** A run of an arm as a phase of the run, whoever does its work. */
export const armPhase = (
  job: PolicyJob,
  rl: Reinforcement<string, string>,
  arm: Arm<string>,
  { start }: From,
  work: (points: Savepoints<ArmState>) => TE.TaskEither<Fault, ArmRunSummary>,
): TE.TaskEither<Fault, ArmRunSummary> =>
  F.pipe(
    phase(job.run, arm.title, armRunSummary, work, {
      state: armState,
      reads: [...rl.records.files, ...(rl.watch?.records.files ?? []), ...manifestsOf(start)],
      writes: [manifestOf(checkpointOf(job, arm.name))],
    }),
    TE.tap(() => sweep(job, arm.title)),
  )

/** A run of an arm at its own learning rate, done here. */
export const armDone = (
  job: PolicyJob,
  rl: Reinforcement<string, string>,
  arm: Arm<string>,
  from: From,
): TE.TaskEither<Fault, ArmRunSummary> => {
  const training: ArmTraining = { arm, rl, grading: job.recipe.grading, ...from }
  return armPhase(job, rl, arm, from, points => trainArm(job, training, checkpointOf(job, arm.name), points))
}
