import { either as E, function as F, taskEither as TE } from 'fp-ts'
import * as t from 'io-ts'
import type { Observable } from 'rxjs'
import { checkpoints, type Engine } from '../engine/index.ts'
import { type Fault, fault, type Item, type StageError } from '../flow/index.ts'
import { consume, type Savepoints } from '../run/index.ts'
import type { HasUpdate, Training } from '../stages/index.ts'
import { accounts, counted } from './accounts.ts'
import { manifestOf, onTheWay, orDoAgain } from './checkpoint-places.ts'
import type { Job } from './job.ts'

/** How training goes on, records itself, is saved, and ends: what a phase of the run gives to `train`. */
export type Course<B extends HasUpdate, V> = Pick<
  Training<unknown, B, V>,
  'every' | 'updates' | 'evaluate' | 'save' | 'record' | 'resume' | 'signal'
>

/** Where training stands: updates that were made, batches that were taken for them, records that came through or failed. */
export const standing = t.readonly(t.type({ updates: t.number, batches: t.number, counts: counted }), 'standing')
/** Where training stands. */
export type Standing = t.TypeOf<typeof standing>

const start: Standing = { updates: 0, batches: 0, counts: { done: 0, failed: 0 } }

/** A training phase: what it is called, how much it does, and what it keeps of its own. */
export interface TrainingPhase<K extends Standing, B extends HasUpdate, V> {
  readonly phase: string
  /** Updates in all. */
  readonly updates: number
  /** Records of a batch. */
  readonly size: number
  /** Updates, or seconds, after which it is time for a savepoint. */
  readonly often: { readonly updates: number; readonly seconds: number }
  /** All that a savepoint keeps, where training stands so. */
  readonly state: (at: Standing) => K
  /** Records of an update, those that failed aside. */
  readonly records: (made: B) => { readonly done: number; readonly failed: readonly StageError[] }
  /** Writes down what an update was. */
  readonly record: (made: B) => TE.TaskEither<Fault, void>
  readonly evaluate?: NonNullable<Course<B, V>['evaluate']>
  /** Updates between two evaluations. */
  readonly every?: number
  /** The training itself, from batch `from` on. */
  readonly stream: (course: Course<B, V>, from: number) => Observable<Item<unknown>>
}

const nothingLearned = (phase: string, failed: number): Fault =>
  fault(
    'NothingLearned',
    `${phase} ended without a single update: ${failed} records failed`,
    'failures.jsonl says why. Mend that, and --resume.',
  )

const stopped = fault('Cancelled', 'the run was stopped', 'Add --resume to continue it.')

/**
 * Trains an engine as a phase of the run: from its newest savepoint, update by update, each written down before it is saved. A savepoint
 * is a checkpoint of policy and optimiser, and the marker that names it. Where the run is stopped, the update under way is finished and
 * saved. Left: what ends a phase: `TooManyFailures`, `NothingLearned`, `Cancelled`, a checkpoint or a log that cannot be written.
 */
export const trained = <K extends Standing, B extends HasUpdate, V = never>(
  { run, tolerate, signal }: Pick<Job, 'run' | 'tolerate' | 'signal'>,
  engine: Engine,
  points: Savepoints<K>,
  how: TrainingPhase<K, B, V>,
): TE.TaskEither<Fault, void> => {
  const { phase, updates, size, often } = how
  const from: Standing = points.kept ?? start
  const { back, save, folder } = checkpoints({
    engine,
    directory: onTheWay({ run }, phase),
  })
  const account = accounts(run, { phase, total: updates * size, tolerate, kept: from.counts })
  let { updates: made, updates: saved } = from
  const keep = (at: Pick<Standing, 'updates' | 'batches'>): TE.TaskEither<Fault, void> => {
    saved = at.updates
    const files = at.updates === 0 ? [] : [manifestOf(folder(at))]
    return points.save(how.state({ ...at, counts: account.counts() }), files)
  }
  const failedAll = (errors: readonly StageError[]): TE.TaskEither<Fault, unknown> =>
    TE.traverseSeqArray((error: StageError) => () => account.failed(error))(errors)
  const course: Course<B, V> = {
    updates,
    signal,
    every: { save: now => now - saved >= often.updates || points.older(often.seconds), evaluate: how.every ?? updates },
    ...(how.evaluate === undefined ? {} : { evaluate: how.evaluate }),
    resume: F.pipe(
      back(from),
      orDoAgain({ run }, phase, 'begun'),
      TE.map(() => ({ updates: from.updates, batches: 0 })),
    ),
    record: outcome => {
      if (E.isLeft(outcome)) return () => account.failed(outcome.left, size)
      made += 1
      const { done, failed } = how.records(outcome.right)
      account.done(done)
      return TE.flatMap(() => failedAll(failed))(how.record(outcome.right))
    },
    save: (now, taken) => {
      const at = { updates: now, batches: from.batches + taken }
      return TE.flatMap(() => keep(at))(save(at.updates, at.batches))
    },
  }
  const fatal = ({ stage, fault: why }: StageError) => (stage === 'progress' ? E.left(why) : undefined)
  return F.pipe(
    points.kept === undefined ? keep(start) : TE.right(undefined),
    TE.flatMap(() =>
      consume(how.stream(course, from.batches), { item: () => {}, failed: fatal }, new AbortController().signal),
    ),
    TE.flatMapEither(() => (signal.aborted && made < updates ? E.left(stopped) : account.settle())),
    TE.filterOrElse(
      () => made > 0,
      () => nothingLearned(phase, account.counts().failed),
    ),
  )
}
