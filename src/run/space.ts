import { statfs } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { function as F, taskEither as TE } from 'fp-ts'
import { cannotRead, isMissing, type RunFault, runFault } from './fault.ts'

const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1e6)} MB`

/**
 * Free bytes for this user where `directory` is or will be. Left: `CannotRead`.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { tmpdir } from 'node:os'
 * import { either as E } from 'fp-ts'
 * import { freeSpace } from 'kinograd/run'
 *
 * const free = await freeSpace(tmpdir())()
 * assert(E.isRight(free) && free.right >= 0)
 * ```
 */
export const freeSpace = (directory: string): TE.TaskEither<RunFault, number> =>
  TE.tryCatch(async () => {
    for (let folder = resolve(directory); ; folder = dirname(folder)) {
      const disk = await statfs(folder).catch((error: unknown) => {
        if (isMissing(error) && folder !== dirname(folder)) return undefined
        throw error
      })
      if (disk !== undefined) return disk.bavail * disk.bsize
    }
  }, cannotRead(directory))

/**
 * Refuses with `NoSpace`, naming both numbers, where fewer than `bytes` are free: to be asked before a phase that writes
 * much.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { requireSpace } from 'kinograd/run'
 *
 * const refused = await requireSpace('runs/mine', 1e18)()
 * assert(E.isLeft(refused) && refused.left._tag === 'NoSpace')
 * ```
 */
export const requireSpace = (directory: string, bytes: number): TE.TaskEither<RunFault, void> =>
  F.pipe(
    freeSpace(directory),
    TE.filterOrElse(
      free => free >= bytes,
      free =>
        runFault(
          'NoSpace',
          `${directory} has ${megabytes(free)} free and ${megabytes(bytes)} are needed`,
          'Free some space, or write elsewhere with --out.',
        ),
    ),
    TE.map(() => undefined),
  )
