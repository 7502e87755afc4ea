import { either as E, function as F, taskEither as TE } from 'fp-ts'
import * as t from 'io-ts'
import type { Engine } from '../engine/index.ts'
import type { Fault, Item } from '../flow/index.ts'
import type { Savepoints } from '../run/index.ts'
import type { HasRecord } from '../stages/index.ts'
import { type Accounts, accounts, counted } from './accounts.ts'
import { orDoAgain } from './checkpoint-places.ts'
import { engineFrom, freeing } from './engines.ts'
import { type GradedBatch, gradeBatches, type Scored, scored, summarise } from './grades.ts'
import type { Completions, Evaluation, Grading } from './grading.ts'
import { type PolicyJob, progress } from './job.ts'
import { itemsOf } from './records.ts'
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

/** Policies that were tested, and what became of their records. */
export const testedPolicies = t.readonly(
  t.type({ finished: t.readonly(t.record(t.string, policySummary)), counts: counted }),
  'tested policies',
)
/** Policies that were tested, and what became of their records. */
export type TestedPolicies = t.TypeOf<typeof testedPolicies>

/** A policy by its name, its checkpoint (without one, as it was before any training), and the phase of the run that made that. */
export interface Candidate {
  readonly name: string
  readonly checkpoint: string | undefined
  readonly madeBy: string | undefined
}

/** An evaluation as a phase: what it is called, what it does, and how answers are graded. */
export interface Testing {
  readonly phase: string
  readonly grading: Grading<string, string>
  readonly evaluation: Evaluation
  /** Policies that are tested in all, of which some are others' work. */
  readonly policies: number
}

/** Those who test policies in place of this process, several at once. */
export interface Elsewhere {
  /** Tells them of policies that will be asked for. */
  readonly begin: (policies: readonly Candidate[]) => void
  /** Names of those that they test now. */
  readonly underWay: () => readonly string[]
  /** What a policy comes to; its outputs are then in the run, its records in the account. */
  readonly tested: (policy: Candidate, account: Accounts) => TE.TaskEither<Fault, PolicySummary>
}

/** What is done with a policy's answers as they come. */
interface Told {
  readonly account: Accounts
  /** Writes greedy answers down. */
  readonly written: (graded: GradedBatch) => TE.TaskEither<Fault, void>
  /** Told after each batch. */
  readonly kept: (so: Answers) => TE.TaskEither<Fault, void>
}

/** The answers of a policy, in one round or two, from where they stand. */
const asked = (
  job: PolicyJob,
  { grading, evaluation: { again } }: Testing,
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
  const round = (sampling: Omit<Completions, 'count'>, from: number, first: boolean) =>
    gradeBatches(job, grading, engine, { items, from, sampling, signal: job.signal }, batch(first))
  return F.pipe(
    round(grading.sampling, before.batches[0], true),
    TE.flatMap(() => (again === undefined ? TE.right(undefined) : round(again, before.batches[1], false))),
    TE.map(() => so),
  )
}

/** A policy on the test split, greedy and at temperature 1, from where its answers stand. */
const testedFrom = (
  job: PolicyJob,
  testing: Testing,
  { name, checkpoint, madeBy }: Candidate,
  items: readonly Item<HasRecord>[],
  before: Answers,
  told: Told,
): TE.TaskEither<Fault, PolicySummary> =>
  F.pipe(
    engineFrom(job.policy, 'evaluation', checkpoint),
    madeBy === undefined ? TE.mapLeft(wrong => wrong) : orDoAgain(job, madeBy),
    TE.flatMap(engine => freeing(engine)(asked(job, testing, engine, items, before, told))),
    TE.flatMapEither(({ greedy, sampled }) =>
      F.pipe(
        summarise(`${name}, greedy`)(greedy),
        E.bindTo('greedy'),
        E.bind('sampled', () =>
          testing.evaluation.again === undefined
            ? E.right(undefined)
            : summarise(`${name}, at temperature ${testing.evaluation.again.temperature}`)(sampled),
        ),
      ),
    ),
    TE.map(({ greedy, sampled }) => ({
      ...greedy,
      ...(sampled === undefined ? {} : { accuracyAtT1: sampled.accuracy, formatRateAtT1: sampled.formatRate }),
    })),
  )

/** The file of a run that holds the greedy outputs of all policies. */
export const outputsFile = 'outputs.jsonl'

/** How often each question is asked of a policy. */
const rounds = ({ evaluation: { again } }: Testing): number => (again === undefined ? 1 : 2)

/**
 * Policies on the test split, batch by batch; their greedy outputs become lines of outputs.jsonl. With `elsewhere` all are tested there but
 * one that was begun here before. Where these are not all policies, who knows the others says whether too many records failed in the end.
 */
export const testPolicies = (
  job: PolicyJob,
  testing: Testing,
  policies: readonly Candidate[],
  points: Savepoints<EvaluationState>,
  elsewhere?: Elsewhere,
): TE.TaskEither<Fault, TestedPolicies> => {
  const { finished, answers: before, counts } = points.kept ?? { finished: {}, answers: noAnswers, counts: undefined }
  const one = (
    items: readonly Item<HasRecord>[],
    account: Accounts,
    done: EvaluationState['finished'],
    left: readonly Candidate[],
    so: Answers,
  ): TE.TaskEither<Fault, EvaluationState['finished']> => {
    const [policy, ...others] = left
    if (policy === undefined) return TE.right(done)
    const { name } = policy
    const keep = (state: Omit<EvaluationState, 'counts'>) => points.save({ ...state, counts: account.counts() })
    const here = testedFrom(job, testing, policy, items, so, {
      account,
      written: ({ items: members }) =>
        job.run.output(
          outputsFile,
          members.map(({ id, text, scored: { type: _, ...grade } }) => ({ policy: name, id, text, ...grade })),
        ),
      kept: now => keep({ finished: done, answers: now }),
    })
    const begun = so.batches.some(batches => batches > 0)
    if (!begun) elsewhere?.begin(left)
    const names = begun ? [name] : (elsewhere?.underWay() ?? [name])
    progress(job, testing.phase, Object.keys(done).length, policies.length, names.join(', '))
    return F.pipe(
      elsewhere === undefined || begun ? here : elsewhere.tested(policy, account),
      TE.map(summary => ({ ...done, [name]: summary })),
      TE.tap(all => keep({ finished: all, answers: noAnswers })),
      TE.flatMap(all => one(items, account, all, others, noAnswers)),
    )
  }
  return F.pipe(
    itemsOf(job, testing.evaluation.records),
    TE.flatMap(items => {
      const total = rounds(testing) * testing.policies * items.length
      const account = accounts(job.run, { phase: testing.phase, total, tolerate: job.tolerate, kept: counts })
      const left = policies.filter(({ name }) => !Object.hasOwn(finished, name))
      return F.pipe(
        one(items, account, finished, left, before),
        TE.tap(() => (policies.length < testing.policies ? TE.right(undefined) : TE.fromEither(account.settle()))),
        TE.map(all => ({ finished: all, counts: account.counts() })),
      )
    }),
  )
}
