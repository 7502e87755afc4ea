import { either as E, function as F, taskEither as TE } from 'fp-ts'
import * as t from 'io-ts'
import type { Engine } from 'kinograd/engine'
import { type Batch, type Fault, fault, fromItems, type Item } from 'kinograd/flow'
import { consume } from 'kinograd/run'
import type { HasRecord } from 'kinograd/stages'
import { accounts } from './accounts.ts'
import { itemsOf, type Job } from './job.ts'
import { evaluate, evaluatedAtOnce } from './pipeline.ts'
import type { PolicySummary } from './summary.ts'

/** How one question was answered. */
export const scored = t.readonly(
  t.type({
    type: t.string,
    accuracy: t.number,
    sufficient: t.boolean,
    faithful: t.boolean,
    wellFormed: t.boolean,
    mismatch: t.boolean,
  }),
  'graded answer',
)
/** How one question was answered. */
export type Scored = t.TypeOf<typeof scored>

/** A batch of graded answers: with what is written of each, and what failed. */
export type GradedBatch = Batch<{ readonly id: string; readonly text: string; readonly scored: Scored }>

/** Mean of a number over grades; there is at least one. */
const share = (all: readonly Scored[], measure: (one: Scored) => number | boolean): number =>
  all.reduce((sum, one) => sum + Number(measure(one)), 0) / all.length

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
      perceptionSufficiency: share(all, one => one.sufficient),
      faithfulness: share(all, one => one.faithful),
      formatRate: share(all, one => one.wellFormed),
      thinkAnswerMismatch: share(all, one => one.mismatch),
      evaluated: all.length,
    })
  }

/** What a policy is asked, from which batch on, and how. */
export interface Asking {
  readonly items: readonly Item<HasRecord>[]
  readonly from: number
  /** 0 is greedy. */
  readonly temperature: number
  readonly signal: AbortSignal
}

/** Grades a policy on questions, batch by batch. */
export const gradeBatches = (
  { world, seed }: Job,
  engine: Engine,
  { items, from, temperature, signal }: Asking,
  batch: (graded: GradedBatch) => TE.TaskEither<Fault, void>,
): TE.TaskEither<Fault, unknown> => {
  const sampling = (index: number) => ({
    count: 1,
    maxTokens: 72,
    temperature,
    stop: [world.tokenizer.eos],
    seed: seed * 10_000 + index,
  })
  const graded = evaluate(world, engine, fromItems(items.slice(from * evaluatedAtOnce)), { sampling, from })
  return consume(
    graded,
    {
      item: ({ items: members, ...rest }) =>
        batch({
          ...rest,
          items: members.map(({ record, text, grade }) => ({
            id: record.id,
            text,
            scored: {
              type: record.problemType,
              accuracy: Number(grade.accuracy),
              sufficient: grade.sufficient,
              faithful: grade.faithful,
              wellFormed: grade.wellFormed,
              mismatch: grade.mismatch,
            },
          })),
        })(),
      failed: error => E.left(error.fault),
    },
    signal,
  )
}

/** Grades a policy on a split. Items that fail are logged and left out. Left: `TooManyFailures`. */
export const grades = (
  job: Job,
  engine: Engine,
  { phase, file, temperature }: { phase: string; file: string; temperature: number },
): TE.TaskEither<Fault, readonly Scored[]> =>
  F.pipe(
    itemsOf(job, file),
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
      const asking = { items, from: 0, temperature, signal: new AbortController().signal }
      return TE.map(() => all)(gradeBatches(job, engine, asking, batch))
    }),
  )
