import { function as F, taskEither as TE } from 'fp-ts'
import * as t from 'io-ts'
import { type Metrics, rewardMetrics } from 'kinograd/advantage'
import type { VideoRecord } from 'kinograd/dataset'
import type { Engine, Sampling } from 'kinograd/engine'
import { constant } from 'kinograd/engine/tfjs'
import type { Fault } from 'kinograd/flow'
import { videoP2R } from 'kinograd/process'
import type { Savepoints } from 'kinograd/run'
import { groupRows } from 'kinograd/run'
import type { Judge } from 'kinograd/teacher'
import { type Arm, arms } from './arms.ts'
import { standing, trained } from './course.ts'
import { grades, summarise } from './evaluation.ts'
import { freeing, type Job, orDoAgain, progress, recordsOf } from './job.ts'
import { after, epochs, first } from './order.ts'
import { type Learned, reinforce } from './pipeline.ts'
import { engineFrom, rlOptimiser } from './policy.ts'
import { metricValues } from './rows.ts'
import { stopwatch } from './stopwatch.ts'
import type { ArmSummary, PolicySummary } from './summary.ts'
import { armSummaryOf, emptyTrace, traceCodec, withEvaluation, withUpdate } from './trace.ts'

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

/** Where reinforcement stands: with what it has gone through, and the seconds of its updates. */
export const armState = t.readonly(
  t.intersection([standing, t.type({ trace: traceCodec, seconds: t.number })]),
  'state of reinforcement',
)
type ArmState = t.TypeOf<typeof armState>

/** The policy as it stands, on the split for evaluations on the way. */
const watched = (job: Job, engine: Engine, { title, watch }: ArmOptions): TE.TaskEither<Fault, PolicySummary> =>
  F.pipe(grades(job, engine, { phase: title, file: watch, temperature: 0 }), TE.flatMapEither(summarise(title)))

/** Groups of each update that are written to rollouts.jsonl whole, for the page: the first ones, which are a random sample. */
const keptGroups = 2

/** What is said and logged of one update. */
const logUpdate = (
  job: Job,
  { title, updates }: ArmOptions,
  learned: Learned,
  rewards: Metrics,
): TE.TaskEither<Fault, void> => {
  const { step } = learned.update
  const where = { phase: title, step, template: videoP2R, tokenizer: job.world.tokenizer }
  progress(job, title, step + 1, updates, `reward ${(rewards.reward ?? 0).toFixed(2)}`)
  return F.pipe(
    job.run.metrics({ phase: title, step, values: metricValues(learned, rewards) }),
    TE.flatMap(() => job.run.rollouts(learned.groups.slice(0, keptGroups).flatMap(group => groupRows(where, group)))),
  )
}

/** Reinforces a policy update by update, watching it on the way. */
const learn = (
  job: Job,
  engine: Engine,
  records: readonly VideoRecord[],
  options: ArmOptions,
  points: Savepoints<ArmState>,
): TE.TaskEither<Fault, ArmSummary> => {
  const { arm, title, rate, rlSeed, updates, judge } = options
  const { prompts, every } = job.preset.rl
  const { seconds, without } = stopwatch(undefined, points.kept?.seconds)
  let trace = points.kept?.trace ?? emptyTrace
  const watch = (made: number) =>
    F.pipe(
      without(watched(job, engine, options)),
      TE.map(policy => {
        trace = withEvaluation(trace, made, policy)
        return policy
      }),
    )
  const record = (learned: Learned) => {
    const rewards = rewardMetrics(learned.groups.map(group => group.rewards.raw))
    trace = withUpdate(trace, arm, rewards, learned.tokens)
    return logUpdate(job, options, learned, rewards)
  }
  return F.pipe(
    points.kept === undefined ? TE.map(() => undefined)(watch(0)) : TE.right(undefined),
    TE.flatMap(() =>
      trained<ArmState, Learned, PolicySummary>(job, engine, points, {
        phase: title,
        updates,
        size: prompts,
        often: { updates: Math.max(1, Math.floor(updates / 10)), seconds: 20 },
        state: at => ({ ...at, trace, seconds: seconds() }),
        records: ({ groups, failed }) => ({ done: groups.length, failed }),
        record,
        evaluate: watch,
        every,
        stream: (course, from) =>
          reinforce(job.world, engine, after(first(epochs(records, rlSeed), updates * prompts), from * prompts), {
            prompts,
            from,
            sampling: update => samplingOf(job, rlSeed, update),
            judge,
            normaliser: arms[arm].normaliser,
            rate: constant(rate, { warmup: 5 }),
            course,
          }),
      }),
    ),
    TE.map(() => armSummaryOf(trace, rate, seconds())),
  )
}

/** Reinforcement of one arm from the SFT checkpoint `from`, saved into the folder `checkpoint`. */
export const trainArm = (
  job: Job,
  from: string,
  checkpoint: string,
  options: ArmOptions,
  points: Savepoints<ArmState>,
): TE.TaskEither<Fault, ArmSummary> =>
  F.pipe(
    recordsOf(job, { phase: options.title, continued: points.kept !== undefined }, job.records['train-rl']),
    TE.bindTo('records'),
    TE.bind('engine', () => orDoAgain(job, 'SFT')(engineFrom(job.config, job.seed, rlOptimiser, from))),
    TE.flatMap(({ records, engine }) =>
      F.pipe(
        learn(job, engine, records, options, points),
        TE.tap(() => engine.save(checkpoint)),
        freeing(engine),
      ),
    ),
  )
