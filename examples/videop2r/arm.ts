import { function as F, taskEither as TE } from 'fp-ts'
import { type Metrics, rewardMetrics } from 'kinograd/advantage'
import type { VideoRecord } from 'kinograd/dataset'
import type { Engine, Sampling } from 'kinograd/engine'
import { constant } from 'kinograd/engine/tfjs'
import type { Fault } from 'kinograd/flow'
import { consume } from 'kinograd/run'
import type { HasProgress } from 'kinograd/stages'
import type { Judge } from 'kinograd/teacher'
import { type Arm, arms } from './arms.ts'
import { grades, summarise } from './evaluation.ts'
import { freeing, type Job, logFailure, progress, recordsOf } from './job.ts'
import { epochs, first } from './order.ts'
import { type Learned, reinforce } from './pipeline.ts'
import { engineFrom, rlOptimiser } from './policy.ts'
import { metricValues, rolloutRows } from './rows.ts'
import { stopwatch } from './stopwatch.ts'
import type { ArmSummary, PolicySummary } from './summary.ts'
import { armSummaryOf, emptyTrace, type Trace, withEvaluation, withUpdate } from './trace.ts'

/** How one arm is trained. */
export interface ArmOptions {
  readonly arm: Arm
  /** What the phase is called. */
  readonly title: string
  readonly rate: number
  readonly rlSeed: number
  readonly updates: number
  readonly judge: Judge
  /** File of the split for evaluations on the way. */
  readonly watch: string
}

/** How the rollouts of an update are sampled: the same seed and update give the same rollouts. */
const samplingOf = (job: Job, rlSeed: number, update: number): Sampling => ({
  count: job.preset.rl.completions,
  maxTokens: 72,
  temperature: 1,
  stop: [job.world.tokenizer.eos],
  seed: rlSeed * 1_000_003 + update,
})

/** The policy as it stands, on the split for evaluations on the way. */
const watched = (job: Job, engine: Engine, { title, watch }: ArmOptions): TE.TaskEither<Fault, PolicySummary> =>
  F.pipe(grades(job, engine, { phase: title, file: watch, temperature: 0, seed: job.seed }), TE.map(summarise))

/** What is said and logged of one update. */
const logUpdate = (
  job: Job,
  { title, updates }: ArmOptions,
  learned: Learned,
  rewards: Metrics,
): TE.TaskEither<Fault, void> => {
  const { step } = learned.update
  progress(job, title, step + 1, updates, `reward ${(rewards.reward ?? 0).toFixed(2)}`)
  return F.pipe(
    job.run.metrics({ phase: title, step, values: metricValues(learned, rewards) }),
    TE.flatMap(() => job.run.rollouts(learned.groups.slice(0, 1).flatMap(group => rolloutRows(title, step, group)))),
  )
}

/** Reinforces a policy update by update, watching it on the way. */
const learn = (
  job: Job,
  engine: Engine,
  records: readonly VideoRecord[],
  options: ArmOptions,
): TE.TaskEither<Fault, ArmSummary> => {
  const { arm, title, rate, rlSeed, updates, judge } = options
  const { prompts, every } = job.preset.rl
  const { seconds, without } = stopwatch()
  let trace = emptyTrace
  const remember = (next: Trace): void => {
    trace = next
  }
  const watch = without(watched(job, engine, options))
  const updateStream = reinforce(job.world, engine, first(epochs(records, rlSeed), updates * prompts), {
    prompts,
    updates,
    sampling: update => samplingOf(job, rlSeed, update),
    judge,
    normaliser: arms[arm].normaliser,
    rate: constant(rate, { warmup: 5 }),
    every,
    evaluate: () => watch,
  })
  const item = (learned: Learned & HasProgress<PolicySummary>) => {
    const rewards = rewardMetrics(learned.groups.map(group => group.rewards.raw))
    const { updates: made, evaluation } = learned.progress
    remember(withUpdate(trace, arm, rewards, learned.tokens))
    if (evaluation !== undefined) remember(withEvaluation(trace, made, evaluation))
    return logUpdate(job, options, learned, rewards)()
  }
  return F.pipe(
    watch,
    TE.map(policy => remember(withEvaluation(trace, 0, policy))),
    TE.flatMap(() => consume(updateStream, { item, failed: logFailure(job, title) }, job.signal)),
    TE.map(() => armSummaryOf(trace, rate, seconds())),
  )
}

/** Reinforcement of one arm from the SFT checkpoint `from`, saved into the folder `checkpoint`. */
export const trainArm = (
  job: Job,
  from: string,
  checkpoint: string,
  options: ArmOptions,
): TE.TaskEither<Fault, ArmSummary> =>
  F.pipe(
    recordsOf(job, options.title, job.records['train-rl']),
    TE.bindTo('records'),
    TE.bind('engine', () => engineFrom(job.config, job.seed, rlOptimiser, from)),
    TE.flatMap(({ records, engine }) =>
      F.pipe(
        learn(job, engine, records, options),
        TE.tap(() => engine.save(checkpoint)),
        freeing(engine),
      ),
    ),
  )
