import { isAbsolute, resolve, sep } from 'node:path'
import { either as E } from 'fp-ts'
import { fault } from '../flow/index.ts'
import type { DatasetFault } from './fault.ts'
import type { VideoRecord } from './record.ts'

/**
 * Where a record's media file lies: `path` taken from the data set's root, as Video-R1's trainer takes it (`grpo_trainer.py`).
 * A path that is absolute or climbs out of the root is `OutsideRoot`: data sets are other people's text. Looks at names
 * only; links inside the root are followed by whoever opens the file.
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
export const resolveMedia = (
  root: string,
  record: Pick<VideoRecord, 'id' | 'path'>,
): E.Either<DatasetFault, string> => {
  const base = resolve(root)
  const file = resolve(base, record.path)
  const inside = file.startsWith(base.endsWith(sep) ? base : base + sep)
  return inside && !isAbsolute(record.path) && !record.path.includes('\0')
    ? E.right(file)
    : E.left(
        fault(
          'OutsideRoot',
          `record ${record.id}: path ${JSON.stringify(record.path)} leaves the root ${base}`,
          'Write paths relative to the root, without "..".',
        ),
      )
}
