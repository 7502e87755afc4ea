import { open, readFile, rename, rm } from 'node:fs/promises'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { messageOf } from '../flow/index.ts'
import { cannotRead, cannotWrite, isMissing, type RunFault, runFault } from './fault.ts'

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
export const readJson = (path: string, remedy = 'Restore it, or start a new run.'): TE.TaskEither<RunFault, unknown> =>
  F.pipe(
    TE.tryCatch(
      () =>
        readFile(path, 'utf8').catch((error: unknown) => {
          if (isMissing(error)) return undefined
          throw error
        }),
      cannotRead(path),
    ),
    TE.flatMapEither(text =>
      E.tryCatch(
        (): unknown => (text === undefined ? undefined : JSON.parse(text)),
        error => runFault('BadRow', `${path} is not JSON: ${messageOf(error)}`, remedy),
      ),
    ),
  )
