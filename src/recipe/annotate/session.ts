import { mkdir, rm, stat } from 'node:fs/promises'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { type Fault, fault } from '../../flow/index.ts'
import { cannotWrite, readJson, sameSettings, takeLock, writeWhole } from '../../run/index.ts'
import { type AnnotationFiles, annotationFiles } from './files.ts'

/** An annotation that this process holds: nobody else writes to its files. */
export interface AnnotationSession {
  readonly files: AnnotationFiles
  /** Whether it goes on with one that was begun before. */
  readonly resumed: boolean
  /** Gives the files free. */
  readonly close: () => Promise<void>
}

/** Whether an annotation is begun or gone on with. */
export interface SessionOptions {
  /** The file of the chains. */
  readonly out: string
  /** What must be the same when it is resumed: what JSON can hold. */
  readonly settings: object
  /** Go on with what is there; without it, something that is there is `RunExists`. */
  readonly resume?: boolean
  /** Begin anew and ask again what failed: answers that were paid for are kept. */
  readonly again?: boolean
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

const isNew = (files: AnnotationFiles, begun: boolean): TE.TaskEither<Fault, boolean> =>
  F.pipe(
    TE.fromTask(() => isThere(files.out)),
    TE.flatMap(there =>
      there || begun
        ? TE.left(
            fault(
              'RunExists',
              begun ? `${files.out} was begun before` : `${files.out} is there already`,
              begun ? 'Go on with --resume, or name another --out.' : 'Name another --out, or move it away.',
            ),
          )
        : TE.right(false),
    ),
  )

const begin = (
  files: AnnotationFiles,
  { settings, resume = false, again = false }: SessionOptions,
): TE.TaskEither<Fault, boolean> =>
  F.pipe(
    readJson(files.settings, 'Restore it, or name another --out.'),
    TE.mapLeft((wrong): Fault => wrong),
    TE.flatMap(saved =>
      saved === undefined || !(resume || again)
        ? isNew(files, saved !== undefined)
        : TE.fromEither(sameSettings(files.out, saved, settings)),
    ),
    TE.tap(resumed =>
      resumed ? TE.right(undefined) : writeWhole(files.settings, `${JSON.stringify(settings, null, 2)}\n`),
    ),
    TE.tap(() =>
      again
        ? TE.tryCatch(
            () => Promise.all([files.out, files.failures, files.judgements].map(path => rm(path, { force: true }))),
            cannotWrite(files.out),
          )
        : TE.right([]),
    ),
  )

/**
 * Begins an annotation, or goes on with one. Left: `Locked` where another process works on these files, `RunExists` where there
 * is something and resuming was not asked for, `OtherConfig` where it was begun with other settings; faults of the disk.
 */
export const openAnnotation = (options: SessionOptions): TE.TaskEither<Fault, AnnotationSession> =>
  F.pipe(
    TE.fromEither(annotationFiles(options.out)),
    TE.tap(files => TE.tryCatch(() => mkdir(files.work, { recursive: true }), cannotWrite(files.work))),
    TE.flatMap(files =>
      F.pipe(
        takeLock(files.work),
        TE.mapLeft((wrong): Fault => wrong),
        TE.flatMap(release =>
          F.pipe(
            begin(files, options),
            TE.map(resumed => ({ files, resumed, close: release })),
            TE.orElse(wrong => async () => {
              await release()
              return E.left(wrong)
            }),
          ),
        ),
      ),
    ),
  )
