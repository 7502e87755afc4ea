import { either as E, function as F, taskEither as TE } from 'fp-ts'
import * as t from 'io-ts'
import type { CotRecord } from '../dataset/index.ts'
import { type Fault, fromItems, type Item, type Stage, type StageError } from '../flow/index.ts'
import { consume, type Savepoints } from '../run/index.ts'
import type { HasRecord } from '../stages/index.ts'
import { accounts, counted } from './accounts.ts'
import { annotatedChains } from './annotate.ts'
import type { Annotation, Teachers } from './annotation.ts'
import { type Job, progress } from './job.ts'
import { itemsOf } from './records.ts'
import { type Retention, type RetentionByType, retained } from './summary.ts'
import { withWorkers } from './with-workers.ts'

const none: Retention = { annotated: 0, verified: 0, sufficient: 0 }

const added = (a: Retention, b: Retention): Retention => ({
  annotated: a.annotated + b.annotated,
  verified: a.verified + b.verified,
  sufficient: a.sufficient + b.sufficient,
})

/** How far a chain came that went through every step. */
const kept: Retention = { annotated: 1, verified: 1, sufficient: 1 }

/** How far a record came before it failed. */
const cameTo = ({ stage }: StageError): Retention => ({
  annotated: stage === 'verify' || stage === 'sufficiency' ? 1 : 0,
  verified: stage === 'sufficiency' ? 1 : 0,
  sufficient: 0,
})

/** Chains that are sorted out: they are counted and are no failures of the run. */
const rejections = new Set(['OffTemplate', 'WrongAnswer', 'Insufficient'])

/** Where annotation stands: records that were seen, chains that were kept, what each step let through by problem type. */
export const cotState = t.readonly(
  t.type({ seen: t.number, chains: t.number, byType: t.record(t.string, retained), counts: counted }),
  'state of annotation',
)
type CotState = t.TypeOf<typeof cotState>

const begun: CotState = { seen: 0, chains: 0, byType: {}, counts: { done: 0, failed: 0 } }

/** The file of a run that holds its chains of thought. */
export const chainsFile = 'cot.jsonl'

/** Records between two savepoints, and seconds. */
const often = { records: 250, seconds: 20 }

/** The data phase: what it is called, what it does, and who does it. */
interface Annotating {
  readonly phase: string
  readonly data: Annotation<string>
  readonly teachers: Teachers
  /** The pipeline as workers do it, where there are some. */
  readonly elsewhere?: Stage<HasRecord, CotRecord>
}

/** Annotates what is left of the pool, record by record; each chain that is kept becomes a line of the file. */
const annotated = (
  job: Job,
  { phase, data, teachers, elsewhere }: Annotating,
  pool: readonly Item<HasRecord>[],
  points: Savepoints<CotState>,
): TE.TaskEither<Fault, CotState> => {
  const from = points.kept ?? begun
  let { seen, chains } = from
  const byType = new Map(Object.entries(from.byType))
  const account = accounts(job.run, { phase, total: pool.length, tolerate: job.tolerate, kept: from.counts })
  const typeOf = new Map(
    pool.flatMap(item => (E.isRight(item) ? [[item.right.record.id, item.right.record.problemType] as const] : [])),
  )
  const state = (): CotState => ({ seen, chains, byType: Object.fromEntries(byType), counts: account.counts() })
  const count = (type: string, came: Retention): void => {
    byType.set(type, added(byType.get(type) ?? none, came))
  }
  /** One record more has been seen. */
  const step = (written: E.Either<Fault, void>): Promise<E.Either<Fault, void>> => {
    if (E.isLeft(written)) return Promise.resolve(written)
    progress(job, phase, ++seen, pool.length, `${chains} chains kept`)
    return seen % often.records === 0 || points.older(often.seconds)
      ? points.save(state())()
      : Promise.resolve(E.right(undefined))
  }
  const item = async (chain: CotRecord) => {
    const written = await job.run.output(chainsFile, [data.codec.encode(chain)])()
    count(chain.problemType, kept)
    account.done(1)
    chains += 1
    return step(written)
  }
  const failed = async (error: StageError) => {
    const came = cameTo(error)
    if (came.annotated > 0) count(typeOf.get(error.item) ?? 'unknown', came)
    if (!rejections.has(error.fault._tag)) return step(await account.failed(error))
    account.done(1)
    return step(E.right(undefined))
  }
  return F.pipe(
    consume(annotatedChains(job, data, teachers, fromItems(pool.slice(seen)), elsewhere), { item, failed }, job.signal),
    TE.map((): void => undefined),
    TE.orElse(
      (stopped: Fault): TE.TaskEither<Fault, void> =>
        F.pipe(
          stopped._tag === 'Cancelled' ? points.save(state()) : TE.right(undefined),
          TE.flatMap(() => TE.left(stopped)),
        ),
    ),
    TE.flatMapEither(account.settle),
    TE.map(state),
  )
}

/** Annotates, verifies and judges the whole pool into the run's file of chains; counts what each step let through, by problem type. */
export const makeCotData = (
  job: Job,
  annotating: Annotating,
  points: Savepoints<CotState>,
): TE.TaskEither<Fault, RetentionByType> =>
  F.pipe(
    itemsOf(job, annotating.data.records),
    TE.flatMap(pool =>
      withWorkers({ ...annotating, recipe: job.recipe }, elsewhere =>
        annotated(job, { ...annotating, ...(elsewhere === undefined ? {} : { elsewhere }) }, pool, points),
      ),
    ),
    TE.map(({ byType }) => ({ ...Object.values(byType).reduce(added, none), byType })),
  )
