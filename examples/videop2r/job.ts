import { join } from 'node:path'
import { type either as E, function as F, taskEither as TE } from 'fp-ts'
import { readRecords, type VideoRecord } from 'kinograd/dataset'
import type { Engine } from 'kinograd/engine'
import type { Qwen25VLConfig } from 'kinograd/engine/tfjs'
import type { Fault, Item, StageError } from 'kinograd/flow'
import { consume, type Run } from 'kinograd/run'
import { fromRecords } from 'kinograd/stages'
import type { Observable } from 'rxjs'
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

/** Says how far a phase is. */
export const progress = (job: Job, phase: string, done: number, total: number, note = ''): void =>
  job.run.status?.progress(phase, done, total, note)

/** Writes an item that became an error to failures.jsonl. */
export const logFailure =
  (job: Job, phase: string) =>
  ({ item, stage, fault: { _tag, cause, remedy } }: StageError): Promise<E.Either<Fault, void>> =>
    job.run.failure({ phase, item, stage, tag: _tag, cause, remedy })()

/** All items of a stream; those that became errors go to the failures. */
export const collected =
  <A>(job: Job, phase: string, stream: Observable<Item<A>>): TE.TaskEither<Fault, readonly A[]> =>
  () => {
    const all: A[] = []
    const item = (one: A): void => void all.push(one)
    return F.pipe(
      consume(stream, { item, failed: logFailure(job, phase) }, job.signal),
      TE.map(() => all),
    )()
  }

/** The records of a file; one that cannot be read goes to the failures. */
export const recordsOf = (job: Job, phase: string, file: string): TE.TaskEither<Fault, readonly VideoRecord[]> =>
  F.pipe(
    collected(job, phase, fromRecords(readRecords(file))),
    TE.map(all => all.map(({ record }) => record)),
  )

/** Frees the engine when the work has ended, well or not. */
export const freeing =
  (engine: Engine) =>
  <B>(work: TE.TaskEither<Fault, B>): TE.TaskEither<Fault, B> =>
  async () => {
    const result = await work()
    engine.dispose()
    return result
  }

/** Folder of a checkpoint of the run. */
export const checkpointOf = (job: Job, name: string): string => join(job.run.directory, 'checkpoints', name)
