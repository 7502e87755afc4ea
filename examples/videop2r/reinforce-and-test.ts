import { join } from 'node:path'
import { function as F, taskEither as TE } from 'fp-ts'
import * as t from 'io-ts'
import type { Fault } from 'kinograd/flow'
import * as R from 'kinograd/run'
import { type Arm, arms, trainArm } from './arm.ts'
import { saveGraded, testPolicy } from './evaluation.ts'
import { checkpointOf, type Job } from './job.ts'
import type { Prepared } from './prepare.ts'
import { ruleJudge } from './world/index.ts'

/** Everything after fine-tuning: the three arms and the evaluation, each finished phase kept for `--resume`. */
export const reinforceAndTest = ({ job, sft, ...made }: Prepared, backend: string): TE.TaskEither<Fault, R.Summary> => {
  const { run, preset, seed } = job
  const arm = (name: Arm): TE.TaskEither<Fault, R.ArmSummary> =>
    R.phase(run, arms[name].title, R.armSummary, () =>
      trainArm(job, sft, checkpointOf(job, name), {
        arm: name,
        title: arms[name].title,
        rate: preset.rl.rates[name],
        rlSeed: seed + 1,
        updates: preset.rl.updates,
        judge: ruleJudge,
        watch: job.records.dev,
      }),
    )
  return F.pipe(
    arm('grpo'),
    TE.bindTo('grpo'),
    TE.bind('sum', () => arm('sum')),
    TE.bind('paGrpo', () => arm('paGrpo')),
    TE.bind('policies', () =>
      R.phase<Record<string, R.PolicySummary>, Fault>(run, 'evaluation', t.record(t.string, R.policySummary), () =>
        evaluation(job),
      ),
    ),
    TE.bind('seconds', () => phaseTimes(run)),
    TE.map(({ grpo, sum, paGrpo, policies, seconds }) => ({
      seed,
      preset: preset.name,
      backend,
      decoder: made.decoder,
      teacher: made.teacher,
      judge: made.judge,
      seconds: { ...seconds, total: Object.values(seconds).reduce((a, b) => a + b, 0) },
      retention: made.retention,
      policies,
      runs: { grpo, sum, paGrpo },
    })),
  )
}

const phaseTimes = (run: R.Run): TE.TaskEither<Fault, Readonly<Record<string, number>>> => R.phaseSeconds(run)

const evaluation = (job: Job): TE.TaskEither<Fault, Record<string, R.PolicySummary>> => {
  const policies = [
    ['base', undefined],
    ['sft', checkpointOf(job, 'sft')],
    ...(Object.keys(arms) as Arm[]).map(name => [name, checkpointOf(job, name)] as const),
  ] as const
  let done = 0
  return F.pipe(
    policies,
    TE.traverseSeqArray(([name, checkpoint]) =>
      F.pipe(
        testPolicy(job, name, checkpoint),
        TE.tap(({ graded }) => saveGraded(join(job.run.directory, 'outputs.jsonl'), name, graded)),
        TE.map(({ graded: _, ...summary }) => {
          job.run.status?.progress('evaluation', ++done, policies.length, name)
          return [name, summary] as const
        }),
      ),
    ),
    TE.map(all => Object.fromEntries(all)),
  )
}
