import { function as F, taskEither as TE } from 'fp-ts'
import { type CotRecord, cotRecord, readRecords, type VideoRecord, writeRecords } from 'kinograd/dataset'
import type { Fault } from 'kinograd/flow'
import { consume } from 'kinograd/run'
import { fromRecords } from 'kinograd/stages'
import type { Annotator, Judge } from 'kinograd/teacher'
import { type Job, logFailure, progress, recordsOf } from './job.ts'
import { cotData } from './pipeline.ts'

export interface Retention {
  readonly annotated: number
  readonly verified: number
  readonly sufficient: number
}

/** Annotates, verifies and judges the whole pool into `file`; counts what each step let through, by problem type. */
export const makeCotData = (
  job: Job,
  file: string,
  teacher: { annotator: Annotator; judge: Judge; prompt: (record: VideoRecord) => string },
): TE.TaskEither<Fault, Retention & { byType: Record<string, Retention> }> => {
  const name = 'CoT data'
  const byType: Record<string, Retention> = {}
  const count = (type: string, step: keyof Retention): void => {
    const at = byType[type] ?? { annotated: 0, verified: 0, sufficient: 0 }
    byType[type] = { ...at, [step]: at[step] + 1 }
  }
  return F.pipe(
    recordsOf(job, name, job.records['train-sft']),
    TE.flatMap(pool => {
      const typeOf = new Map(pool.map(record => [record.id, record.problemType]))
      const chains: CotRecord[] = []
      let seen = 0
      const step = (): void => progress(job, name, ++seen, pool.length, `${chains.length} chains kept`)
      return F.pipe(
        consume(
          cotData(job.world, fromRecords(readRecords(job.records['train-sft'])), teacher),
          {
            item: chain => {
              for (const kept of ['annotated', 'verified', 'sufficient'] as const) count(chain.problemType, kept)
              chains.push(chain)
              step()
            },
            failed: async error => {
              const type = typeOf.get(error.item) ?? 'unknown'
              if (error.stage === 'verify' || error.stage === 'sufficiency') count(type, 'annotated')
              if (error.stage === 'sufficiency') count(type, 'verified')
              if (!rejections.has(error.fault._tag)) await logFailure(job, name)(error)
              step()
            },
          },
          job.signal,
        ),
        TE.flatMap(() => writeRecords(cotRecord, file, chains) as TE.TaskEither<Fault, unknown>),
        TE.map(() => ({ ...total(Object.values(byType)), byType })),
      )
    }),
  )
}

const rejections = new Set(['OffTemplate', 'WrongAnswer', 'Insufficient'])

const total = (parts: readonly Retention[]): Retention =>
  parts.reduce(
    (all, part) => ({
      annotated: all.annotated + part.annotated,
      verified: all.verified + part.verified,
      sufficient: all.sufficient + part.sufficient,
    }),
    { annotated: 0, verified: 0, sufficient: 0 },
  )
