import { type FileHandle, open, truncate } from 'node:fs/promises'
import { either as E, taskEither as TE } from 'fp-ts'
import { cannotWrite, type RunFault } from '../../run/index.ts'

/** A file that grows by whole texts, and that no failed write leaves longer than it was. */
export interface Growing {
  /** Left: `NoSpace`, `CannotWrite`. */
  readonly append: (text: string) => TE.TaskEither<RunFault, void>
  /** Sees to it that all of it is on the disk. */
  readonly sync: TE.TaskEither<RunFault, void>
  readonly close: () => Promise<void>
}

const growing = (path: string, file: FileHandle, start: number): Growing => {
  let length = start
  return {
    append: text =>
      text === ''
        ? TE.right(undefined)
        : async () => {
            try {
              await file.appendFile(text)
              length += Buffer.byteLength(text)
              return E.right(undefined)
            } catch (error) {
              await truncate(path, length).catch(() => undefined)
              return E.left(cannotWrite(path)(error))
            }
          },
    sync: TE.tryCatch(() => file.datasync(), cannotWrite(path)),
    close: () => file.close(),
  }
}

/** Opens a file to go on after its first `length` bytes; what stands behind them is cut off. Made where it is not there. */
export const openGrowing = (path: string, length: number): TE.TaskEither<RunFault, Growing> =>
  TE.tryCatch(async () => {
    const file = await open(path, 'a')
    await file.truncate(length)
    return growing(path, file, length)
  }, cannotWrite(path))
