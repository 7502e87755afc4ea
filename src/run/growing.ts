import { type FileHandle, open, truncate } from 'node:fs/promises'
import { either as E, taskEither as TE } from 'fp-ts'
import { cannotWrite, type RunFault } from './fault.ts'

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

/**
 * Opens a file to go on after its first `length` bytes; what stands behind them is cut off. Made where it is not there. For files that
 * outlive a process that was killed: `wholeLines` says how long the whole part is. Left: faults of the disk.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { mkdtemp, readFile } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { orThrow } from 'kinograd/flow'
 * import { openGrowing } from 'kinograd/run'
 *
 * const path = join(await mkdtemp(join(tmpdir(), 'growing-')), 'lines.jsonl')
 * const file = orThrow(await openGrowing(path, 0)())
 * await file.append('1\n')()
 * await file.close()
 * assert.equal(await readFile(path, 'utf8'), '1\n')
 * ```
 */
export const openGrowing = (path: string, length: number): TE.TaskEither<RunFault, Growing> =>
  TE.tryCatch(async () => {
    const file = await open(path, 'a')
    await file.truncate(length)
    return growing(path, file, length)
  }, cannotWrite(path))
