import { stat } from 'node:fs/promises'
import { either as E, taskEither as TE } from 'fp-ts'
import { fault } from '../flow/index.ts'
import { pathOf, shown } from './file-name.ts'
import type { Limits } from './limits.ts'
import type { Gap } from './mp4/gaps.ts'
import type { MediaFault } from './types.ts'

/** A regular file that exists and is of acceptable size. */
export interface PlainFile {
  /** Absolute, so that no name can look like an option (`-i`) or a protocol (`http:`, `concat:`, `pipe:`). */
  readonly path: string
  readonly bytes: number
  /** Changes when the file does. */
  readonly version: string
  /** Which of its video streams is meant, where one was asked for. */
  readonly videoStream?: number
  /** Where the last box of samples ends in an MP4 without fragments, once its boxes were looked at. */
  readonly samplesEnd?: number
  /** Of each stream of an MP4 the gaps that its edits leave, once it was learned that pictures cannot be told by their ticks. */
  readonly gaps?: readonly (readonly Gap[])[]
}

/**
 * Lets only plain, non-empty regular files through: no pipe, device, folder, address or option ever reaches a decoder.
 * `file://` addresses of this machine stand for their paths.
 */
export const plainFile = (name: string, limits: Pick<Limits, 'fileBytes'>): TE.TaskEither<MediaFault, PlainFile> => {
  const path = pathOf(name)
  if (E.isLeft(path)) return TE.left(path.left)
  const full = path.right
  return async () => {
    const found = await stat(full).catch((error: NodeJS.ErrnoException) => error)
    if (found instanceof Error)
      return E.left(
        fault(
          'NotFound',
          found.code === 'ENOENT' ? `${shown(full)} does not exist` : `${shown(full)} cannot be read: ${found.code}`,
          'Check the path and the root folder of the data set.',
        ),
      )
    if (!found.isFile())
      return E.left(fault('NotAFile', `${full} is not a regular file`, 'Pipes, devices and folders are not read.'))
    if (found.size === 0)
      return E.left(fault('Empty', `${full} holds 0 bytes`, 'Fetch the file again; its download may have failed.'))
    if (found.size > limits.fileBytes)
      return E.left(
        fault(
          'TooLarge',
          `${full} holds ${found.size} bytes, the limit is ${limits.fileBytes}`,
          'Raise limits.fileBytes if you trust the file.',
        ),
      )
    return E.right({ path: full, bytes: found.size, version: `${found.size}-${found.mtimeMs}-${found.ino}` })
  }
}
