import { open, readFile, rename, rm } from 'node:fs/promises'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { cannotRead, cannotWrite, type RunFault, runFault, wordsOf } from './fault.ts'

/** Writes a whole file or nothing: temporary file beside it, flushed, renamed. */
export const writeWhole = (path: string, text: string): TE.TaskEither<RunFault, void> =>
  TE.tryCatch(async () => {
    const temporary = `${path}.${process.pid}.tmp`
    try {
      const file = await open(temporary, 'w')
      try {
        await file.writeFile(text)
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(temporary, path)
    } catch (error) {
      await rm(temporary, { force: true })
      throw error
    }
  }, cannotWrite(path))

/** Reads a JSON file; `undefined` where there is none. */
export const readJson = (path: string): TE.TaskEither<RunFault, unknown> =>
  F.pipe(
    TE.tryCatch(
      () =>
        readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
          if (error.code === 'ENOENT') return undefined
          throw error
        }),
      cannotRead(path),
    ),
    TE.flatMapEither(text =>
      E.tryCatch(
        () => (text === undefined ? undefined : (JSON.parse(text) as unknown)),
        error => runFault('BadRow', `${path} is not JSON: ${wordsOf(error)}`, 'Restore it, or start a new run.'),
      ),
    ),
  )
