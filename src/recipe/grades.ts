import { either as E, function as F, taskEither as TE } from 'fp-ts'
import * as t from 'io-ts'
import type { Engine } from '../engine/index.ts'
import { type Batch, type Fault, fault, fromItems, type Item } from '../flow/index.ts'
import { consume } from '../run/index.ts'
import type { HasRecord } from '../stages/index.ts'
import { accounts } from './accounts.ts'
import { type Answered, evaluate } from './evaluate.ts'
import type { Completions, Grading } from './grading.ts'
import type { PolicyJob } from './job.ts'
import { itemsOf } from './records.ts'
import type { Split } from './split.ts'
import { stopsOf } from './stops.ts'
import type { PolicySummary } from './summary.ts'

/** How one question was answered. */
export const scored = t.readonly(
  t.intersection([
    t.type({ type: t.string, accuracy: t.number, wellFormed: t.boolean }),
    t.partial({ sufficient: t.boolean, faithful: t.boolean, mismatch: t.boolean }),
  ]),
  'graded answer',
)
/** How one question was answered. */
export type Scored = t.TypeOf<typeof scored>

/** A batch of graded answers: with what is written of each, and what failed. */
export type GradedBatch = Batch<{ readonly id: string; readonly text: string; readonly scored: Scored }>

/** Mean of a number over grades; there is at least one. */
const share = (all: readonly Scored[], measure: (one: Scored) => number | boolean): number =>
  all.reduce((sum, one) => sum + Number(measure(one)), 0) / all.length

/** The share of grades that say yes, among those that say; nothing where none does. */
const told = <A>(
  all: readonly Scored[],
  measure: (one: Scored) => boolean | undefined,
  named: (share: number) => A,
): A | undefined => {
  const said = all.flatMap(one => measure(one) ?? [])
  return said.length === 0 ? undefined : named(said.filter(Boolean).length / said.length)
}

/** What the table says of a policy. Left: `NothingMeasured` where no answer was graded. */
export const summarise =
  (what: string) =>
  (all: readonly Scored[]): E.Either<Fault, PolicySummary> => {
    if (all.length === 0)
      return E.left(
        fault(
          'NothingMeasured',
          `${what}: not one question could be evaluated`,
          'failures.jsonl says why. Mend that, and --resume.',
        ),
      )
    const types = [...new Set(all.map(({ type }) => type))].sort()
    return E.right({
      accuracy: share(all, one => one.accuracy),
      accuracyByType: Object.fromEntries(
        types.map(type => [
          type,
          share(
            all.filter(one => one.type === type),
            one => one.accuracy,
          ),
        ]),
      ),
      ...told(
        all,
        one => one.sufficient,
        perceptionSufficiency => ({ perceptionSufficiency }),
      ),
      ...told(
        all,
        one => one.faithful,
        faithfulness => ({ faithfulness }),
      ),
      formatRate: share(all, one => one.wellFormed),
      ...told(
        all,
        one => one.mismatch,
        thinkAnswerMismatch => ({ thinkAnswerMismatch }),
      ),
      evaluated: all.length,
    })
  }

/** What a policy is asked, from which batch on, and how. */
export interface Asking {
  readonly items: readonly Item<HasRecord>[]
  readonly from: number
  readonly sampling: Omit<Completions, 'count'>
  readonly signal: AbortSignal
}

/** How many questions are asked at once, when a recipe does not say. */
export const usuallyAtOnce = 64

const scoredOf = ({ record, grade: { accuracy, sufficient, faithful, wellFormed, mismatch } }: Answered): Scored => ({
  type: record.problemType,
  accuracy,
  ...(sufficient === undefined ? {} : { sufficient }),
  ...(faithful === undefined ? {} : { faithful }),
  wellFormed,
  ...(mismatch === undefined ? {} : { mismatch }),
})

/** Grades a policy on questions, batch by batch. */
export const gradeBatches = (
  job: PolicyJob,
  { grade, atOnce = usuallyAtOnce }: Grading<string, string>,
  engine: Engine,
  { items, from, sampling, signal }: Asking,
  batch: (graded: GradedBatch) => TE.TaskEither<Fault, void>,
): TE.TaskEither<Fault, unknown> => {
  const asking = (index: number) => ({
    count: 1,
    ...sampling,
    stop: stopsOf(job.policy),
    seed: job.recipe.seed * 10_000 + index,
  })
  const graded = evaluate(job, engine, fromItems(items.slice(from * atOnce)), { grade, sampling: asking, atOnce, from })
  return consume(
    graded,
    {
      item: ({ items: members, ...rest }) =>
        batch({
          ...rest,
          items: members.map(one => ({ id: one.record.id, text: one.text, scored: scoredOf(one) })),
        })(),
      failed: error => E.left(error.fault),
    },
    signal,
  )
}

/** Grades a policy on a split. Items that fail are logged and left out. Left: `TooManyFailures`. */
export const grades = (
  job: PolicyJob,
  grading: Grading<string, string>,
  engine: Engine,
  { phase, records }: { phase: string; records: Split },
): TE.TaskEither<Fault, readonly Scored[]> =>
  F.pipe(
    itemsOf(job, records),
    TE.flatMap(items => {
      const all: Scored[] = []
      const account = accounts(job.run, { phase, total: items.length, tolerate: job.tolerate })
      const batch = ({ items: members, failed }: GradedBatch): TE.TaskEither<Fault, void> => {
        all.push(...members.map(one => one.scored))
        return F.pipe(
          failed,
          TE.traverseSeqArray(error => () => account.failed(error)),
          TE.map(() => undefined),
        )
      }
      // A run that is stopped still ends the evaluation that an update waits for: it is saved after it.
      const asking = { items, from: 0, sampling: grading.sampling, signal: new AbortController().signal }
      return TE.map(() => all)(gradeBatches(job, grading, engine, asking, batch))
    }),
  )
