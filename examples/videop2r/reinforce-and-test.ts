import { join } from 'node:path'
import { function as F, taskEither as TE } from 'fp-ts'
import * as t from 'io-ts'
import type { Fault } from 'kinograd/flow'
import { phase, phaseSeconds } from 'kinograd/run'
import { trainArm } from './arm.ts'
import { type Arm, armNames, arms } from './arms.ts'
import { saveGraded, testPolicy } from './evaluation.ts'
import { checkpointOf, type Job, progress } from './job.ts'
import type { Prepared } from './prepare.ts'
import { type ArmSummary, armSummary, type PolicySummary, policySummary, type Summary } from './summary.ts'
import { ruleJudge } from './world/index.ts'

/** One arm at its own learning rate, as a phase of the run. */
const trainedArm = (job: Job, sft: string, arm: Arm): TE.TaskEither<Fault, ArmSummary> => {
  const { run, preset, seed, records } = job
  const { title } = arms[arm]
  return phase(run, title, armSummary, () =>
    trainArm(job, sft, checkpointOf(job, arm), {
      arm,
      title,
      rate: preset.rl.rates[arm],
      rlSeed: seed + 1,
      updates: preset.rl.updates,
      judge: ruleJudge,
      watch: records.dev,
    }),
  )
}

/** All five policies on the test split; their outputs go into outputs.jsonl. */
const evaluation = (job: Job): TE.TaskEither<Fault, Record<string, PolicySummary>> => {
  const policies: readonly (readonly [name: string, checkpoint: string | undefined])[] = [
    ['base', undefined],
    ['sft', checkpointOf(job, 'sft')],
    ...armNames.map(name => [name, checkpointOf(job, name)] as const),
  ]
  let done = 0
  return F.pipe(
    policies,
    TE.traverseSeqArray(([name, checkpoint]) =>
      F.pipe(
        testPolicy(job, name, checkpoint),
        TE.tap(({ graded }) => saveGraded(join(job.run.directory, 'outputs.jsonl'), name, graded)),
        TE.map(({ graded: _, ...summary }) => {
          progress(job, 'evaluation', ++done, policies.length, name)
          return [name, summary] as const
        }),
      ),
    ),
    TE.map(all => Object.fromEntries(all)),
  )
}

/** Everything after fine-tuning: the three arms and the evaluation, each finished phase kept for `--resume`. */
export const reinforceAndTest = (
  { job, sft, retention, decoder, teacher, judge }: Prepared,
  backend: string,
): TE.TaskEither<Fault, Summary> => {
  const { run, preset, seed } = job
  return F.pipe(
    trainedArm(job, sft, 'grpo'),
    TE.bindTo('grpo'),
    TE.bind('sum', () => trainedArm(job, sft, 'sum')),
    TE.bind('paGrpo', () => trainedArm(job, sft, 'paGrpo')),
    TE.bindTo('runs'),
    TE.bind('policies', () => phase(run, 'evaluation', t.record(t.string, policySummary), () => evaluation(job))),
    TE.bindW('seconds', () => phaseSeconds(run)),
    TE.map(({ runs, policies, seconds }) => ({
      seed,
      preset: preset.name,
      backend,
      decoder,
      teacher,
      judge,
      seconds: { ...seconds, total: Object.values(seconds).reduce((sum, took) => sum + took, 0) },
      retention,
      policies,
      runs,
    })),
  )
}
