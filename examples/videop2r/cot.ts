import { function as F, taskEither as TE } from 'fp-ts'
import { type CotRecord, cotRecord, readRecords, type VideoRecord, writeRecords } from 'kinograd/dataset'
import type { Fault, StageError } from 'kinograd/flow'
import { consume } from 'kinograd/run'
import { fromRecords } from 'kinograd/stages'
import type { Annotator, Judge } from 'kinograd/teacher'
import { type Job, logFailure, progress, recordsOf } from './job.ts'
import { cotData } from './pipeline.ts'
import type { Retention, Summary } from './summary.ts'

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

/** Annotates, verifies and judges the whole pool into `file`; counts what each step let through, by problem type. */
export const makeCotData = (
  job: Job,
  file: string,
  teacher: { annotator: Annotator; judge: Judge; prompt: (record: VideoRecord) => string },
): TE.TaskEither<Fault, Summary['retention']> => {
  const name = 'CoT data'
  const byType = new Map<string, Retention>()
  const count = (type: string, came: Retention): void => {
    byType.set(type, added(byType.get(type) ?? none, came))
  }
  const source = job.records['train-sft']
  const annotated = (pool: readonly VideoRecord[]): TE.TaskEither<Fault, readonly CotRecord[]> => {
    const typeOf = new Map(pool.map(record => [record.id, record.problemType]))
    const chains: CotRecord[] = []
    let seen = 0
    const step = (): void => progress(job, name, ++seen, pool.length, `${chains.length} chains kept`)
    const item = (chain: CotRecord): void => {
      count(chain.problemType, kept)
      chains.push(chain)
      step()
    }
    const failed = async (error: StageError) => {
      const came = cameTo(error)
      if (came.annotated > 0) count(typeOf.get(error.item) ?? 'unknown', came)
      step()
      if (!rejections.has(error.fault._tag)) return logFailure(job, name)(error)
    }
    return F.pipe(
      consume(cotData(job.world, fromRecords(readRecords(source)), teacher), { item, failed }, job.signal),
      TE.map(() => chains),
    )
  }
  return F.pipe(
    recordsOf(job, name, source),
    TE.flatMap(annotated),
    TE.flatMap(chains => writeRecords(cotRecord, file, chains)),
    TE.map(() => ({ ...[...byType.values()].reduce(added, none), byType: Object.fromEntries(byType) })),
  )
}
