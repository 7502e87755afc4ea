import { function as F, taskEither as TE } from 'fp-ts'
import * as t from 'io-ts'
import type { Fault } from 'kinograd/flow'
import { phase, phaseSeconds, thisMachine } from 'kinograd/run'
import { armState, trainArm } from './arm.ts'
import { type Arm, armNames, arms } from './arms.ts'
import { decoderVersion } from './decoder-version.ts'
import { checkpointOf, type Job, manifestOf, sweep } from './job.ts'
import type { Prepared } from './prepare.ts'
import { type ArmSummary, armSummary, type PolicySummary, policySummary, type Summary } from './summary.ts'
import { evaluationState, type Policy, testPolicies } from './test-policies.ts'
import { ruleJudge } from './world/index.ts'

/** One arm at its own learning rate, as a phase of the run. */
const trainedArm = (job: Job, sft: string, arm: Arm): TE.TaskEither<Fault, ArmSummary> => {
  const { run, preset, seed, records } = job
  const { title } = arms[arm]
  const checkpoint = checkpointOf(job, arm)
  const train: TE.TaskEither<Fault, ArmSummary> = phase(
    run,
    title,
    armSummary,
    points =>
      trainArm(
        job,
        sft,
        checkpoint,
        {
          arm,
          title,
          rate: preset.rl.rates[arm],
          rlSeed: seed + 1,
          updates: preset.rl.updates,
          judge: ruleJudge,
          watch: records.dev,
        },
        points,
      ),
    { state: armState, reads: [records['train-rl'], records.dev, manifestOf(sft)], writes: [manifestOf(checkpoint)] },
  )
  return F.pipe(
    train,
    TE.tap(() => sweep(job, title)),
  )
}

/** All five policies on the test split; their outputs go into outputs.jsonl. */
const evaluation = (job: Job): TE.TaskEither<Fault, Readonly<Record<string, PolicySummary>>> => {
  const trained = ['sft', ...armNames].map(name => [name, checkpointOf(job, name)] as const)
  const policies: readonly Policy[] = [['base', undefined], ...trained]
  return phase(
    job.run,
    'evaluation',
    t.record(t.string, policySummary),
    points => testPolicies(job, policies, points),
    { state: evaluationState, reads: [job.records.test, ...trained.map(([, checkpoint]) => manifestOf(checkpoint))] },
  )
}

/** On which machine and versions the numbers were made; `machines` where it was more than one. */
const machineOf = ({ run: { machines } }: Job, decoder: string): Partial<Summary> => {
  const { processor, threads, versions } = machines[0] ?? thisMachine()
  return {
    processor,
    threads,
    versions: { ...versions, decoder: decoderVersion(decoder) },
    ...(machines.length > 1 ? { machines } : {}),
  }
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
    TE.bind('policies', () => evaluation(job)),
    TE.bindW('seconds', () => phaseSeconds(run)),
    TE.map(({ runs, policies, seconds }) => ({
      ...machineOf(job, decoder),
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
