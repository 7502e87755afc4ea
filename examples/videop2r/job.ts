import { join } from 'node:path'
import { type either as E, function as F, taskEither as TE } from 'fp-ts'
import { readRecords, type VideoRecord } from 'kinograd/dataset'
import type { Engine } from 'kinograd/engine'
import type { Qwen25VLConfig } from 'kinograd/engine/tfjs'
import type { Fault, StageError } from 'kinograd/flow'
import { consume, type Run } from 'kinograd/run'
import { fromRecords } from 'kinograd/stages'
import type { World } from './pipeline.ts'
import type { Preset } from './presets.ts'

/** What every phase of the job works with. */
export interface Job {
  readonly run: Run
  readonly preset: Preset
  readonly seed: number
  readonly world: World
  readonly records: Readonly<Record<'train-sft' | 'train-rl' | 'dev' | 'test', string>>
  readonly config: Qwen25VLConfig
  readonly signal: AbortSignal
}

export const progress = (job: Job, phase: string, done: number, total: number, note = ''): void =>
  job.run.status?.progress(phase, done, total, note)

export const logFailure =
  (job: Job, phase: string) =>
  ({ item, stage, fault: { _tag, cause, remedy } }: StageError): Promise<E.Either<Fault, void>> =>
    job.run.failure({ phase, item, stage, tag: _tag, cause, remedy })()

/** Collects records of a file; a record that cannot be read goes to the failures. */
export const recordsOf = (job: Job, phase: string, file: string): TE.TaskEither<Fault, readonly VideoRecord[]> => {
  const all: VideoRecord[] = []
  return F.pipe(
    consume(
      fromRecords(readRecords(file)),
      {
        item: ({ record }) => {
          all.push(record)
        },
        failed: logFailure(job, phase),
      },
      job.signal,
    ),
    TE.map(() => all),
  )
}

/** Frees the engine when the work has ended, well or not. */
export const freeing =
  (engine: Engine) =>
  <B>(work: TE.TaskEither<Fault, B>): TE.TaskEither<Fault, B> =>
  async () => {
    const result = await work()
    engine.dispose()
    return result
  }

export const checkpointOf = (job: Job, name: string): string => join(job.run.directory, 'checkpoints', name)
