import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { either as E } from 'fp-ts'
import { fault, messageOf } from '../flow/index.ts'
import type { MediaFault } from './types.ts'

/** A name as it is put into a fault: a name of more than 300 characters is cut. */
export const shown = (path: string): string =>
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
