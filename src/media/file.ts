import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { either as E, taskEither as TE } from 'fp-ts'
import { fault, messageOf } from '../flow/index.ts'
import type { Limits } from './limits.ts'
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
}

/** A name as it is put into a fault: a name of more than 300 characters is cut. */
const shown = (path: string): string =>
  path.length <= 300 ? path : `${path.slice(0, 100)}… (${path.length} characters)`

/** A data URL, or one that was taken for a path below a folder. */
const dataUrl = /(?:^|[\\/])data:[\w.+-]*(?:\/[\w.+-]+)?[;,]/i

const notAName = (cause: string, remedy = 'Give the path of a file.'): E.Either<MediaFault, never> =>
  E.left(fault('NotFound', cause, remedy))

/** The absolute path that a name or a `file://` address stands for. A data URL is no name, and is not repeated. */
export const pathOf = (name: string): E.Either<MediaFault, string> => {
  if (dataUrl.test(name))
    return notAName(
      `a data URL of ${name.length} characters is no file name`,
      'Give its content to withMediaFile, which lends it a file; records may only name files.',
    )
  if (name === '' || name.includes('\0')) return notAName(`${JSON.stringify(shown(name))} is no file name`)
  if (!/^file:\/\//i.test(name)) return E.right(resolve(name))
  return E.tryCatch(
    () => fileURLToPath(name),
    error => fault('NotFound', `${shown(name)}: ${messageOf(error)}`, 'Give a path, or file:/// and an absolute path.'),
  )
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
