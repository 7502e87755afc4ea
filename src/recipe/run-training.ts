import { join } from 'node:path'
import { function as F, taskEither as TE } from 'fp-ts'
import * as t from 'io-ts'
import { type CotRecord, readWith } from '../dataset/index.ts'
import type { Fault } from '../flow/index.ts'
import { phase } from '../run/index.ts'
import { fromRecords } from '../stages/index.ts'
import { armDone, startOf } from './arm-done.ts'
import { type ArmRun, armRuns } from './arm-runs.ts'
import { armsBeside } from './beside/arms-beside.ts'
import type { Beside } from './beside/beside.ts'
import { checkpointOf, manifestOf, manifestsOf, sweep } from './checkpoint-places.ts'
import { chainsFile } from './data-phase.ts'
import type { AnyRecipe, PolicyJob } from './job.ts'
import type { Arm } from './reinforcement.ts'
import { sftState, trainSft } from './sft-phase.ts'
import type { Split } from './split.ts'
import type { ArmRunSummary } from './summary.ts'
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

/** Where runs of arms are done when that is not this process, and who is told of each when its checkpoint is there. */
export interface ArmsElsewhere {
  readonly beside: Beside
  readonly ended: (name: string) => void
}

/** All runs of all arms of a recipe by name, each done once: one after the other here, or several at once in other processes. */
export const armsDone = (
  job: PolicyJob,
  elsewhere?: ArmsElsewhere,
): TE.TaskEither<Fault, Readonly<Record<string, ArmRunSummary>>> => {
  const { rl, seed } = job.recipe
  if (rl === undefined) return TE.right({})
  const here = TE.traverseSeqArray(({ run }: ArmRun<Arm<string>>) =>
    TE.map((summary: ArmRunSummary) => [run.name, summary] as const)(armDone(job, rl, run, startOf(job))),
  )
  return F.pipe(
    elsewhere === undefined ? here(armRuns(rl, seed)) : armsBeside(job, rl, elsewhere.beside, elsewhere.ended),
    TE.map(all => Object.fromEntries(all)),
  )
}
