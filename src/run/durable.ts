import { open, readFile, rename, rm, stat } from 'node:fs/promises'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { parseJson } from '../untrusted/index.ts'
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

/** The longest JSON file of a run that is read: sections and summaries of large runs have some hundred kilobytes. */
const mostBytes = 2 ** 26

const readShort = async (path: string): Promise<string> => {
  const { size } = await stat(path)
  if (size > mostBytes) throw new Error(`it has ${size} bytes, at most ${mostBytes} are read`)
  return readFile(path, 'utf8')
}

/** Reads a JSON file; `undefined` where there is none. */
export const readJson = (path: string, remedy = 'Restore it, or start a new run.'): TE.TaskEither<RunFault, unknown> =>
  F.pipe(
    TE.tryCatch(
      () =>
        readShort(path).catch((error: unknown) => {
          if (isMissing(error)) return undefined
          throw error
        }),
      cannotRead(path),
    ),
    TE.flatMapEither(text =>
      text === undefined
        ? E.right(undefined)
        : E.mapLeft((why: string) => runFault('BadRow', `${path} ${why}`, remedy))(parseJson(text)),
    ),
  )
