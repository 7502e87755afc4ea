import { mkdir, rm } from 'node:fs/promises'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { type Fault, fault } from '../../flow/index.ts'
import { cannotWrite, readJson, sameSettings, takeLock, writeWhole } from '../../run/index.ts'
import { type EvaluationFiles, evaluationFiles } from './files.ts'
import { type Journal, openJournal } from './journal.ts'

/** An evaluation that this process holds: nobody else writes to its folder. */
export interface EvaluationSession {
  readonly files: EvaluationFiles
  readonly journal: Journal
  /** Whether it goes on with one that was begun before. */
  readonly resumed: boolean
  /** Gives the folder free. */
  readonly close: () => Promise<void>
}

/** Whether an evaluation is begun or gone on with. */
export interface EvaluationSessionOptions {
  readonly out: string
  /** What must be the same when it is resumed: what JSON can hold. */
  readonly settings: object
  /** Go on with what is there; without it, something that is there is `RunExists`. */
  readonly resume?: boolean
}

const begin = (
  files: EvaluationFiles,
  { settings, resume = false }: EvaluationSessionOptions,
): TE.TaskEither<Fault, boolean> =>
  F.pipe(
    readJson(files.settings, 'Restore it, or name another --out.'),
    TE.mapLeft((wrong): Fault => wrong),
    TE.flatMap(saved => {
      if (saved === undefined) return TE.right(false)
      return resume
        ? TE.fromEither(sameSettings(files.folder, saved, settings))
        : TE.left(
            fault('RunExists', `${files.folder} holds an evaluation`, 'Go on with --resume, or name another --out.'),
          )
    }),
    TE.tap(resumed =>
      resumed
        ? TE.right(undefined)
        : F.pipe(
            // A journal without settings is of no evaluation.
            TE.tryCatch(() => rm(files.journal, { force: true }), cannotWrite(files.journal)),
            TE.flatMap(() => writeWhole(files.settings, `${JSON.stringify(settings, null, 2)}\n`)),
          ),
    ),
  )

const opened = (files: EvaluationFiles, options: EvaluationSessionOptions, release: () => Promise<void>) =>
  F.pipe(
    begin(files, options),
    TE.bindTo('resumed'),
    TE.bind('journal', () => openJournal(files.journal)),
    TE.map(
      ({ resumed, journal }): EvaluationSession => ({
        ...{ files, journal, resumed },
        close: async () => {
          await journal.close()
          await release()
        },
      }),
    ),
    TE.orElse(wrong => async (): Promise<E.Either<Fault, EvaluationSession>> => {
      await release()
      return E.left(wrong)
    }),
  )

/**
 * Begins an evaluation in a folder, or goes on with one. Left: `Locked` where another process works there, `RunExists` where there is one
 * and resuming was not asked for, `OtherConfig` where it was begun with other settings; faults of the disk.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { mkdtemp } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { either as E } from 'fp-ts'
 * import { openEvaluation } from 'kinograd/evaluation'
 *
 * const out = await mkdtemp(`${tmpdir()}/eval-`)
 * const session = await openEvaluation({ out, settings: { policy: 'mine' } })()
 * assert(E.isRight(session) && !session.right.resumed)
 * await session.right.close()
 * const again = await openEvaluation({ out, settings: { policy: 'mine' } })()
 * assert(E.isLeft(again) && again.left._tag === 'RunExists')
 * ```
 */
export const openEvaluation = (options: EvaluationSessionOptions): TE.TaskEither<Fault, EvaluationSession> => {
  const files = evaluationFiles(options.out)
  return F.pipe(
    TE.tryCatch(() => mkdir(files.folder, { recursive: true }), cannotWrite(files.folder)),
    TE.flatMap(() => takeLock(files.folder)),
    TE.mapLeft((wrong): Fault => wrong),
    TE.flatMap(release => opened(files, options, release)),
  )
}
