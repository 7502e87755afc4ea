import { either as E, function as F, taskEither as TE } from 'fp-ts'
import * as t from 'io-ts'
import type { Engine } from 'kinograd/engine'
import type { Fault, Item } from 'kinograd/flow'
import type { Savepoints } from 'kinograd/run'
import type { HasRecord } from 'kinograd/stages'
import { type Accounts, accounts, counted } from './accounts.ts'
import { arms, isArm } from './arms.ts'
import { type GradedBatch, gradeBatches, type Scored, scored, summarise } from './evaluation.ts'
import { freeing, itemsOf, type Job, orDoAgain, progress } from './job.ts'
import { engineFrom, freshEngine, rlOptimiser } from './policy.ts'
import { type PolicySummary, policySummary } from './summary.ts'

/** Answers of one policy so far: greedy ones and those at temperature 1, and the batches that were asked of each. */
const answers = t.readonly(
  t.type({ greedy: t.readonlyArray(scored), sampled: t.readonlyArray(scored), batches: t.tuple([t.number, t.number]) }),
)
type Answers = t.TypeOf<typeof answers>

const noAnswers: Answers = { greedy: [], sampled: [], batches: [0, 0] }

/** Where evaluation stands: policies that are done, and the answers of the one under way. */
export const evaluationState = t.readonly(
  t.type({ finished: t.readonly(t.record(t.string, policySummary)), answers, counts: counted }),
  'state of the evaluation',
)
type EvaluationState = t.TypeOf<typeof evaluationState>

/** A policy by its name, and its checkpoint: without one, as it was before any training. */
export type Policy = readonly [name: string, checkpoint: string | undefined]

/** What is done with a policy's answers as they come. */
interface Told {
  readonly account: Accounts
  /** Writes greedy answers down. */
  readonly written: (graded: GradedBatch) => TE.TaskEither<Fault, void>
  /** Told after each batch. */
  readonly kept: (so: Answers) => TE.TaskEither<Fault, void>
}

const asked = (
  job: Job,
  engine: Engine,
  items: readonly Item<HasRecord>[],
  before: Answers,
  { account, written, kept }: Told,
): TE.TaskEither<Fault, Answers> => {
  let so = before
  const batch =
    (greedy: boolean) =>
    (graded: GradedBatch): TE.TaskEither<Fault, void> => {
      const added: readonly Scored[] = graded.items.map(one => one.scored)
      const [ofGreedy, ofSampled] = so.batches
      so = greedy
        ? { ...so, greedy: [...so.greedy, ...added], batches: [ofGreedy + 1, ofSampled] }
        : { ...so, sampled: [...so.sampled, ...added], batches: [ofGreedy, ofSampled + 1] }
      account.done(added.length)
      return F.pipe(
        greedy ? written(graded) : TE.right(undefined),
        TE.flatMap(() =>
          TE.traverseSeqArray((error: GradedBatch['failed'][number]) => () => account.failed(error))(graded.failed),
        ),
        TE.flatMap(() => kept(so)),
      )
    }
  const at = (temperature: number, from: number) => ({ items, from, temperature, signal: job.signal })
  return F.pipe(
    gradeBatches(job, engine, at(0, before.batches[0]), batch(true)),
    TE.flatMap(() => gradeBatches(job, engine, at(1, before.batches[1]), batch(false))),
    TE.map(() => so),
  )
}

/** A policy on the test split, greedy and at temperature 1, from where its answers stand. */
const testedFrom = (
  job: Job,
  [name, checkpoint]: Policy,
  items: readonly Item<HasRecord>[],
  before: Answers,
  told: Told,
): TE.TaskEither<Fault, PolicySummary> =>
  F.pipe(
    checkpoint === undefined
      ? TE.right(freshEngine(job.config, job.seed, rlOptimiser))
      : orDoAgain(
          job,
          isArm(name) ? arms[name].title : 'SFT',
        )(engineFrom(job.config, job.seed, rlOptimiser, checkpoint)),
    TE.flatMap(engine => freeing(engine)(asked(job, engine, items, before, told))),
    TE.flatMapEither(({ greedy, sampled }) =>
      F.pipe(
        summarise(`${name}, greedy`)(greedy),
        E.bindTo('greedy'),
        E.bind('sampled', () => summarise(`${name}, at temperature 1`)(sampled)),
      ),
    ),
    TE.map(({ greedy, sampled }) => ({
      ...greedy,
      accuracyAtT1: sampled.accuracy,
      formatRateAtT1: sampled.formatRate,
    })),
  )

/** One policy on the test split; its outputs are not kept. Failures are of the given phase. */
export const testPolicy = (job: Job, phase: string, policy: Policy): TE.TaskEither<Fault, PolicySummary> =>
  F.pipe(
    itemsOf(job, job.records.test),
    TE.flatMap(items =>
      testedFrom(job, policy, items, noAnswers, {
        account: accounts(job.run, { phase, total: 2 * items.length, tolerate: job.tolerate }),
        written: () => TE.right(undefined),
        kept: () => TE.right(undefined),
      }),
    ),
  )

/** The file of a run that holds the greedy outputs of all policies. */
const outputsFile = 'outputs.jsonl'

const phase = 'evaluation'

/** All policies on the test split, batch by batch; their greedy outputs become lines of outputs.jsonl. */
export const testPolicies = (
  job: Job,
  policies: readonly Policy[],
  points: Savepoints<EvaluationState>,
): TE.TaskEither<Fault, Readonly<Record<string, PolicySummary>>> => {
  const { finished, answers: before, counts } = points.kept ?? { finished: {}, answers: noAnswers, counts: undefined }
  const one = (
    items: readonly Item<HasRecord>[],
    account: Accounts,
    done: EvaluationState['finished'],
    left: readonly Policy[],
    so: Answers,
  ): TE.TaskEither<Fault, EvaluationState['finished']> => {
    const [policy, ...others] = left
    if (policy === undefined) return TE.right(done)
    const [name] = policy
    progress(job, phase, Object.keys(done).length, policies.length, name)
    const keep = (state: Omit<EvaluationState, 'counts'>) => points.save({ ...state, counts: account.counts() })
    return F.pipe(
      testedFrom(job, policy, items, so, {
        account,
        written: ({ items: members }) =>
          job.run.output(
            outputsFile,
            members.map(({ id, text, scored: { type: _, ...grade } }) => ({ policy: name, id, text, ...grade })),
          ),
        kept: now => keep({ finished: done, answers: now }),
      }),
      TE.map(summary => ({ ...done, [name]: summary })),
      TE.tap(all => keep({ finished: all, answers: noAnswers })),
      TE.flatMap(all => one(items, account, all, others, noAnswers)),
    )
  }
  return F.pipe(
    itemsOf(job, job.records.test),
    TE.flatMap(items => {
      const total = 2 * policies.length * items.length
      const account = accounts(job.run, { phase, total, tolerate: job.tolerate, kept: counts })
      const left = policies.filter(([name]) => !Object.hasOwn(finished, name))
      return F.pipe(
        one(items, account, finished, left, before),
        TE.tap(() => TE.fromEither(account.settle())),
      )
    }),
  )
}
