import { realpath } from 'node:fs/promises'
import { resolve, sep } from 'node:path'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { fault } from '../flow/index.ts'
import type { DatasetFault } from './fault.ts'
import type { VideoRecord } from './record.ts'

type Placed = Pick<VideoRecord, 'id' | 'path'>

/** A path as it is put into a fault: records are other people's text, and may be long. */
const shown = (path: string): string =>
  path.length <= 300 ? JSON.stringify(path) : `${JSON.stringify(path.slice(0, 100))}… (${path.length} characters)`

const isBelow = (base: string, path: string): boolean => path.startsWith(base.endsWith(sep) ? base : base + sep)

/**
 * Where a record's media file lies: `path` taken from the data set's root, as Video-R1's trainer takes it (`grpo_trainer.py`).
 * A path that leads out of the root is `OutsideRoot`: data sets are other people's text. A data URL is `BadRecord`, and is not repeated.
 * Looks at names only; `realMedia` follows links as well.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { resolve } from 'node:path'
 * import { either as E } from 'fp-ts'
 * import { resolveMedia } from 'kinograd/dataset'
 *
 * assert.deepEqual(resolveMedia('clips', { id: '7', path: './a/7.mp4' }), E.right(resolve('clips/a/7.mp4')))
 * assert(E.isLeft(resolveMedia('clips', { id: '8', path: '../secret.mp4' })))
 * ```
 */
export const resolveMedia = (root: string, record: Placed): E.Either<DatasetFault, string> => {
  if (/^\s*data:/i.test(record.path))
    return E.left(
      fault(
        'BadRecord',
        `record ${record.id}: its path is a data URL of ${record.path.length} characters`,
        'Write what it holds into a file, and name that.',
      ),
    )
  const base = resolve(root)
  const file = resolve(base, record.path)
  return isBelow(base, file) && !record.path.includes('\0')
    ? E.right(file)
    : E.left(
        fault(
          'OutsideRoot',
          `record ${record.id}: path ${shown(record.path)} leads out of the root ${base}`,
          'Write paths relative to the root, without "..".',
        ),
      )
}

/** The real path, or nothing where there is none: whoever opens the file says why. */
const realOf = (path: string): Promise<string | undefined> => realpath(path).catch(() => undefined)

/**
 * Where a record's media file lies, as `resolveMedia`, with links followed as well: a link inside the root that leads out of it is
 * `OutsideRoot`. The root itself may be a link. A file that is not there is left to whoever opens it. The path given is the one with
 * the links in it.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { mkdtemp, symlink } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { either as E } from 'fp-ts'
 * import { realMedia } from 'kinograd/dataset'
 *
 * const root = await mkdtemp(join(tmpdir(), 'root-'))
 * await symlink(tmpdir(), join(root, 'away'))
 * assert(E.isLeft(await realMedia(root, { id: '7', path: 'away' })()))
 * ```
 */
export const realMedia = (root: string, record: Placed): TE.TaskEither<DatasetFault, string> =>
  F.pipe(
    TE.fromEither(resolveMedia(root, record)),
    TE.flatMap(path => async () => {
      const [base, real] = [resolve(root), await realOf(path)]
      // A real path holds no link: what is below the root as it is written needs no look at where that leads.
      if (real === undefined || isBelow(base, real)) return E.right(path)
      const realBase = await realOf(base)
      return realBase === undefined || isBelow(realBase, real)
        ? E.right(path)
        : E.left(
            fault(
              'OutsideRoot',
              `record ${record.id}: path ${shown(record.path)} is a link to ${real}, outside of the root ${realBase}`,
              "Put the file itself there, or allow links that you made yourself: links: 'follow'.",
            ),
          )
    }),
  )
