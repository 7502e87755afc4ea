import { function as F, taskEither as TE } from 'fp-ts'
import * as t from 'io-ts'
import { type Metrics, rewardMetrics } from '../advantage/index.ts'
import type { VideoRecord } from '../dataset/index.ts'
import type { Engine, Sampling } from '../engine/index.ts'
import { constant } from '../engine/tfjs/index.ts'
import type { Fault } from '../flow/index.ts'
import { groupRows, type Savepoints } from '../run/index.ts'
import { orDoAgain } from './checkpoint-places.ts'
import { standing, trained } from './course.ts'
import { engineFrom, freeing, saved } from './engines.ts'
import { grades, summarise } from './grades.ts'
import type { Grading } from './grading.ts'
import { type PolicyJob, progress } from './job.ts'
import { after, epochs, first } from './order.ts'
import { recordsOf } from './records.ts'
import { type Learned, reinforce } from './reinforce.ts'
import type { Arm, Reinforcement } from './reinforcement.ts'
import { stopsOf } from './stops.ts'
import { stopwatch } from './stopwatch.ts'
import type { ArmRunSummary, PolicySummary } from './summary.ts'
import { timedEngine } from './timed-engine.ts'
import { armSummaryOf, emptyTrace, traceCodec, withEvaluation, withUpdate } from './trace.ts'
import { updateMetrics } from './update-metrics.ts'

/** One arm as a phase: what it does, and where it starts. */
export interface ArmTraining {
  readonly arm: Arm<string>
  readonly rl: Reinforcement<string, string>
  /** Needed where the policy is watched. */
  readonly grading: Grading<string, string> | undefined
  /** Checkpoint that it starts from, and the phase of the run that made it. */
  readonly start: string | undefined
  readonly startMadeBy: string | undefined
}

/** Where reinforcement stands: with what it has gone through, and the seconds of its updates. */
export const armState = t.readonly(
  t.intersection([standing, t.type({ trace: traceCodec, seconds: t.number })]),
  'state of reinforcement',
)
/** Where reinforcement stands. */
export type ArmState = t.TypeOf<typeof armState>

/** The seed of an arm. */
const seedOf = ({ recipe }: PolicyJob, { seed = recipe.seed + 1 }: Arm<string>): number => seed

/** How the rollouts of an update are sampled: the same seed and update give the same rollouts. */
const samplingOf = (job: PolicyJob, { arm, rl }: ArmTraining, update: number): Sampling => ({
  ...rl.sampling,
  stop: stopsOf(job.policy),
  seed: seedOf(job, arm) * 1_000_003 + update,
})

/** Groups of each update that are written to rollouts.jsonl whole, for the page: the first ones, which are a random sample. */
const usuallyKept = 2

/** What is said and logged of one update. */
const logUpdate = (
  job: PolicyJob,
  { arm: { title: phase }, rl: { updates, keptGroups = usuallyKept } }: ArmTraining,
  learned: Learned,
  rewards: Metrics,
  seconds: Readonly<Record<string, number>>,
): TE.TaskEither<Fault, void> => {
  const { step } = learned.update
  const lengths = learned.groups.flatMap(({ group }) => group.map(({ ids }) => ids.length))
  const work = { questions: learned.groups.length, lengths }
  const where = { phase, step, template: job.recipe.template, tokenizer: job.policy.tokenizer }
  progress(job, phase, step + 1, updates, `reward ${(rewards.reward ?? 0).toFixed(2)}`)
  job.run.status?.numbers(phase, { tokens: learned.tokens })
  return F.pipe(
    job.run.metrics({ phase, step, values: updateMetrics(learned, rewards), seconds, work }),
    TE.flatMap(() => job.run.rollouts(learned.groups.slice(0, keptGroups).flatMap(group => groupRows(where, group)))),
  )
}

/** Looks at the policy as it stands, where the recipe watches it. */
const watching = (
  job: PolicyJob,
  engine: Engine,
  { arm: { title }, rl: { watch }, grading }: ArmTraining,
): TE.TaskEither<Fault, PolicySummary> | undefined =>
  watch === undefined || grading === undefined
    ? undefined
    : F.pipe(grades(job, grading, engine, { phase: title, records: watch.records }), TE.flatMapEither(summarise(title)))

const usualSchedule = (rate: number): ((step: number) => number) => constant(rate, { warmup: 5 })

/** Reinforces a policy update by update, watching it on the way. */
const learn = (
  job: PolicyJob,
  { engine, reference }: Engines,
  records: readonly VideoRecord[],
  training: ArmTraining,
  points: Savepoints<ArmState>,
): TE.TaskEither<Fault, ArmRunSummary> => {
  const { arm, rl } = training
  const { title, rate, normaliser, temporal, schedule = usualSchedule, loss = { beta: 0 } } = arm
  const { prompts, updates, rewards, watch: watched } = rl
  const { seconds, without } = stopwatch(undefined, points.kept?.seconds)
  let trace = points.kept?.trace ?? emptyTrace
  const timed = timedEngine(engine, seconds)
  const look = watching(job, engine, training)
  const watch = (made: number): TE.TaskEither<Fault, PolicySummary | undefined> =>
    look === undefined
      ? TE.right(undefined)
      : F.pipe(
          without(look),
          TE.map(policy => {
            trace = withEvaluation(trace, made, policy)
            return policy
          }),
        )
  const record = (learned: Learned) => {
    const metrics = rewardMetrics(learned.groups.map(group => group.rewards.raw))
    trace = withUpdate(trace, arm, job.recipe.template.processes, metrics, learned.tokens)
    return logUpdate(job, training, learned, metrics, timed.taken())
  }
  const order = () => epochs(records, seedOf(job, arm))
  return F.pipe(
    points.kept === undefined ? watch(0) : TE.right(undefined),
    TE.flatMap(() =>
      trained<ArmState, Learned, PolicySummary | undefined>(job, engine, points, {
        phase: title,
        updates,
        size: prompts,
        often: { updates: Math.max(1, Math.floor(updates / 10)), seconds: 20 },
        state: at => ({ ...at, trace, seconds: seconds() }),
        records: ({ groups, failed }) => ({ done: groups.length, failed }),
        record,
        ...(watched === undefined ? {} : { evaluate: watch, every: watched.every }),
        stream: (course, from) =>
          reinforce(job, timed.engine, after(first(order(), updates * prompts), from * prompts), {
            ...{ title, prompts, from, rewards, temporal, normaliser, loss, reference, course },
            sampling: update => samplingOf(job, training, update),
            rate: schedule(rate, updates),
          }),
      }),
    ),
    TE.map(() => armSummaryOf(trace, rate, seconds())),
  )
}

/** The engine that learns, and the one that a KL is taken to, where it is another. */
interface Engines {
  readonly engine: Engine
  readonly reference: Engine | undefined
}

/** Opens the engines of an arm; where the second cannot be opened, the first is freed. */
const enginesOf = (job: PolicyJob, { rl, start, startMadeBy }: ArmTraining): TE.TaskEither<Fault, Engines> => {
  const opened = F.pipe(
    engineFrom(job.policy, 'rl', start),
    startMadeBy === undefined ? TE.mapLeft(wrong => wrong) : orDoAgain(job, startMadeBy),
  )
  return F.pipe(
    opened,
    TE.flatMap(engine =>
      F.pipe(
        rl.reference === 'start' ? opened : TE.right<Fault, Engine | undefined>(undefined),
        TE.bimap(
          wrong => {
            engine.dispose()
            return wrong
          },
          reference => ({ engine, reference }),
        ),
      ),
    ),
  )
}

/** Reinforcement of one arm from where it starts, saved into the folder `checkpoint`. */
export const trainArm = (
  job: PolicyJob,
  training: ArmTraining,
  checkpoint: string,
  points: Savepoints<ArmState>,
): TE.TaskEither<Fault, ArmRunSummary> =>
  F.pipe(
    recordsOf(job, { phase: training.arm.title, continued: points.kept !== undefined }, training.rl.records),
    TE.bindTo('records'),
    TE.bind('engines', () => enginesOf(job, training)),
    TE.flatMap(({ records, engines }) =>
      F.pipe(
        learn(job, engines, records, training, points),
        TE.tap(() => saved(job.policy, engines.engine, checkpoint)),
        freeing(engines.engine),
        engines.reference === undefined ? work => work : freeing(engines.reference),
      ),
    ),
  )
