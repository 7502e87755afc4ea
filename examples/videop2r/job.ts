import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { readRecords, type VideoRecord } from 'kinograd/dataset'
import type { Engine } from 'kinograd/engine'
import type { Qwen25VLConfig } from 'kinograd/engine/tfjs'
import { type Fault, fault, type Item, messageOf } from 'kinograd/flow'
import { consume, type Run } from 'kinograd/run'
import { fromRecords, type HasRecord } from 'kinograd/stages'
import type { Observable } from 'rxjs'
import { accounts } from './accounts.ts'
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
  /** The share of the records of a phase that may fail. */
  readonly tolerate: number
}

/** Says how far a phase is. */
export const progress = (job: Job, phase: string, done: number, total: number, note = ''): void =>
  job.run.status?.progress(phase, done, total, note)

/** All items of a stream, those that failed in their places. */
export const everyItem = <A>(job: Job, stream: Observable<Item<A>>): TE.TaskEither<Fault, readonly Item<A>[]> => {
  const all: Item<A>[] = []
  return F.pipe(
    consume(
      stream,
      { item: one => void all.push(E.right(one)), failed: wrong => void all.push(E.left(wrong)) },
      job.signal,
    ),
    TE.map(() => all),
  )
}

/** The records of a file, those that cannot be read in their places. */
export const itemsOf = (job: Job, file: string): TE.TaskEither<Fault, readonly Item<HasRecord>[]> =>
  everyItem(job, fromRecords(readRecords(file)))

/**
 * What could be read of items; the rest goes to the failures of the phase, once: where the phase is continued they are there already.
 * Left: `TooManyFailures`.
 */
export const readable = <A>(
  { run, tolerate }: Job,
  { phase, continued }: { phase: string; continued: boolean },
  items: readonly Item<A>[],
): TE.TaskEither<Fault, readonly A[]> => {
  const good = items.flatMap(item => (E.isRight(item) ? [item.right] : []))
  return async () => {
    const account = accounts(run, { phase, total: items.length, tolerate })
    account.done(good.length)
    for (const item of items)
      if (E.isLeft(item) && !continued) {
        const written = await account.failed(item.left)
        if (E.isLeft(written)) return written
      }
    return E.right(good)
  }
}

/** The records of a file, as `readable` gives them. */
export const recordsOf = (
  job: Job,
  place: { phase: string; continued: boolean },
  file: string,
): TE.TaskEither<Fault, readonly VideoRecord[]> =>
  F.pipe(
    itemsOf(job, file),
    TE.flatMap(items => readable(job, place, items)),
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
export const checkpointOf = (job: Pick<Job, 'run'>, name: string): string =>
  join(job.run.directory, 'checkpoints', name)

/** Where the savepoints of a training phase are. */
export const onTheWay = (job: Pick<Job, 'run'>, phase: string): string =>
  checkpointOf(job, `${encodeURIComponent(phase)}.on-the-way`)

/** Takes away the savepoints of a phase that has ended: its marker no longer names them. */
export const sweep = (job: Pick<Job, 'run'>, phase: string): TE.TaskEither<Fault, void> =>
  TE.tryCatch(
    () => rm(onTheWay(job, phase), { recursive: true, force: true }),
    error =>
      fault('CannotWrite', `savepoints of ${phase} cannot be removed: ${messageOf(error)}`, 'Check permissions.'),
  )

/** Says of a checkpoint that cannot be read how it is made again: by doing its phase once more. */
export const orDoAgain =
  ({ run }: Pick<Job, 'run'>, phase: string, what: 'done' | 'begun' = 'done') =>
  <A>(load: TE.TaskEither<Fault, A>): TE.TaskEither<Fault, A> =>
    TE.mapLeft((wrong: Fault): Fault => {
      const marker = join(run.directory, 'phases', `${encodeURIComponent(phase)}.${what}.json`)
      return wrong._tag === 'BadCheckpoint'
        ? { ...wrong, remedy: `Remove ${marker} and --resume: ${phase} is then done again.` }
        : wrong
    })(load)

/** The file of a checkpoint that vouches for all its others. */
export const manifestOf = (checkpoint: string): string => join(checkpoint, 'kinograd.manifest.json')
