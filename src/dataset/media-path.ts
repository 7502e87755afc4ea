import { isAbsolute, resolve, sep } from 'node:path'
import { either as E } from 'fp-ts'
import { fault } from '../flow/index.ts'
import type { DatasetFault } from './fault.ts'
import type { VideoRecord } from './record.ts'

/**
 * Where a record's media file lies: `path` taken from the data set's root (Video-R1 strips the leading dot and appends).
 * A path that is absolute or climbs out of the root is `OutsideRoot`: data sets are other people's text. Looks at names
 * only; links inside the root are followed by whoever opens the file.
 */
export const resolveMedia = (
  root: string,
  record: Pick<VideoRecord, 'id' | 'path'>,
): E.Either<DatasetFault, string> => {
  const base = resolve(root)
  const at = resolve(base, record.path)
  const inside = at.startsWith(base.endsWith(sep) ? base : base + sep)
  return inside && !isAbsolute(record.path) && !record.path.includes('\0')
    ? E.right(at)
    : E.left(
        fault(
          'OutsideRoot',
          `record ${record.id}: path ${JSON.stringify(record.path)} leaves the root ${base}`,
          'Write paths relative to the root, without "..".',
        ),
      )
}
