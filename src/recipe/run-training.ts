import { join } from 'node:path'
import { function as F, taskEither as TE } from 'fp-ts'
import * as t from 'io-ts'
import { type CotRecord, readWith } from '../dataset/index.ts'
import type { Fault } from '../flow/index.ts'
import { phase } from '../run/index.ts'
import { fromRecords } from '../stages/index.ts'
import { type ArmTraining, armState, trainArm } from './arm-phase.ts'
import { armRuns } from './arm-runs.ts'
import { checkpointOf, manifestOf, manifestsOf, sweep } from './checkpoint-places.ts'
import { chainsFile } from './data-phase.ts'
import type { AnyRecipe, PolicyJob } from './job.ts'
import type { Arm, Reinforcement } from './reinforcement.ts'
import { sftState, trainSft } from './sft-phase.ts'
import type { Split } from './split.ts'
import { type ArmRunSummary, armRunSummary } from './summary.ts'
import { titlesOf } from './titles.ts'

/** The chains of fine-tuning: those that are given, else those of the data phase, whose file the run vouches for. */
const chainsOf = ({ sft, data }: AnyRecipe, directory: string): Split<CotRecord> | undefined =>
  sft?.chains ?? (data && { files: [], read: () => fromRecords(readWith(data.codec)(join(directory, chainsFile))) })

/** Fine-tuning, done once, where the recipe has it. */
export const sftDone = (job: PolicyJob): TE.TaskEither<Fault, unknown> => {
  const { recipe, run } = job
  const title = titlesOf(recipe).sft
  const chains = chainsOf(recipe, run.directory)
  const { sft } = recipe
  if (sft === undefined || title === undefined || chains === undefined) return TE.right(undefined)
  const checkpoint = checkpointOf(job, 'sft')
  return F.pipe(
    phase(
      run,
      title,
      t.type({ loss: t.number }),
      points => trainSft(job, { phase: title, sft, chains }, checkpoint, points),
      {
        state: sftState,
        reads: [...chains.files, ...manifestsOf(sft.start)],
        writes: [manifestOf(checkpoint)],
      },
    ),
    TE.tap(() => sweep(job, title)),
  )
}

/** Where the arms of a recipe start, and the phase of the run that made that checkpoint. */
const startOf = (job: PolicyJob): Pick<ArmTraining, 'start' | 'startMadeBy'> => {
  const { rl, sft } = job.recipe
  return rl?.start === undefined && sft !== undefined
    ? { start: checkpointOf(job, 'sft'), startMadeBy: titlesOf(job.recipe).sft }
    : { start: rl?.start, startMadeBy: undefined }
}

/** One arm at its own learning rate, as a phase of the run. */
const armDone = (
  job: PolicyJob,
  rl: Reinforcement<string, string>,
  arm: Arm<string>,
): TE.TaskEither<Fault, ArmRunSummary> => {
  const checkpoint = checkpointOf(job, arm.name)
  const from = startOf(job)
  const training: ArmTraining = { arm, rl, grading: job.recipe.grading, ...from }
  return F.pipe(
    phase(job.run, arm.title, armRunSummary, points => trainArm(job, training, checkpoint, points), {
      state: armState,
      reads: [...rl.records.files, ...(rl.watch?.records.files ?? []), ...manifestsOf(from.start)],
      writes: [manifestOf(checkpoint)],
    }),
    TE.tap(() => sweep(job, arm.title)),
  )
}

/** All runs of all arms of a recipe by name, one after the other, each done once. */
export const armsDone = (job: PolicyJob): TE.TaskEither<Fault, Readonly<Record<string, ArmRunSummary>>> => {
  const { rl, seed } = job.recipe
  if (rl === undefined) return TE.right({})
  return F.pipe(
    armRuns(rl, seed),
    TE.traverseSeqArray(({ run }) =>
      TE.map((summary: ArmRunSummary) => [run.name, summary] as const)(armDone(job, rl, run)),
    ),
    TE.map(all => Object.fromEntries(all)),
  )
}
