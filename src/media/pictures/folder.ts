import { opendir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { either as E, taskEither as TE } from 'fp-ts'
import { codeOf, fault, messageOf } from '../../flow/index.ts'
import type { Limits } from '../limits.ts'
import type { MediaFault } from '../types.ts'
import { naturalOrder, wrongNumbering } from './numbering.ts'
import type { PictureSettings } from './options.ts'

const pictureName = /\.(jpe?g?|jfif|png|webp)$/i
/** What systems and file browsers leave in a folder. */
const leftByOthers = /^(\..*|thumbs\.db|desktop\.ini|@eadir)$/i

/** Names in a folder: those of pictures, and all others. */
interface Listing {
  readonly pictures: readonly string[]
  readonly others: readonly string[]
}

/** A name as it is put into a fault: one of more than 300 characters is cut. */
const shown = (path: string): string =>
  path.length <= 300 ? path : `${path.slice(0, 100)}… (${path.length} characters)`

const unreadable =
  (folder: string) =>
  (error: unknown): MediaFault => {
    const code = codeOf(error)
    if (code === 'ENOTDIR')
      return fault(
        'NotAFolder',
        `${shown(folder)} is a file, a folder of pictures is needed`,
        'Give the folder of the pictures.',
      )
    const why = code === 'ENOENT' ? 'does not exist' : `cannot be read: ${code ?? messageOf(error)}`
    return fault('NotFound', `${shown(folder)} ${why}`, 'Check the path and the root folder of the data set.')
  }

const listed = async (folder: string, most: number): Promise<E.Either<MediaFault, Listing>> => {
  const pictures: string[] = []
  const others: string[] = []
  for await (const entry of await opendir(folder)) {
    if (leftByOthers.test(entry.name)) continue
    const isPicture = pictureName.test(entry.name) && !entry.isDirectory()
    ;(isPicture ? pictures : others).push(entry.name)
    if (pictures.length + others.length > most)
      return E.left(
        fault('TooLarge', `${folder} holds more than ${most} files`, 'Raise limits.frames if you trust the folder.'),
      )
  }
  return E.right({ pictures: naturalOrder(pictures), others: naturalOrder(others) })
}

const named = (names: readonly string[]): string => names.slice(0, 3).join(', ') + (names.length > 3 ? ', …' : '')

/** The pictures of a listing, or what is odd about it. */
const checked = (
  folder: string,
  { pictures, others }: Listing,
  settings: PictureSettings,
): E.Either<MediaFault, readonly string[]> => {
  if (pictures.length === 0)
    return E.left(
      fault(
        'Empty',
        `${folder} holds no picture${others.length === 0 ? '' : ` among its ${others.length} files (${named(others)})`}`,
        'Put JPEG, PNG or WebP files into it, or correct the path.',
      ),
    )
  if (others.length > 0 && settings.onOther === 'refuse')
    return E.left(
      fault(
        'BadFolder',
        `${folder} holds ${pictures.length} pictures and ${others.length} other files (${named(others)})`,
        "Take them out, or leave them aside with pictures: { onOther: 'ignore' }.",
      ),
    )
  const wrong = settings.onGap === 'refuse' ? wrongNumbering(pictures) : undefined
  return wrong === undefined
    ? E.right(pictures.map(name => join(folder, name)))
    : E.left(
        fault(
          'BadFolder',
          `${folder}: ${wrong}`,
          "Mend the folder, or take its pictures in the order of their names with pictures: { onGap: 'accept' }.",
        ),
      )
}

/**
 * The pictures of a folder in natural order. `NotFound`, `NotAFolder`; `Empty` without a picture; `BadFolder` for what the settings
 * refuse; `TooLarge` for more files than a clip may have frames.
 */
export const picturesIn = (
  path: string,
  settings: PictureSettings,
  { frames }: Pick<Limits, 'frames'>,
): TE.TaskEither<MediaFault, readonly string[]> => {
  if (path === '' || path.includes('\0'))
    return TE.left(fault('NotFound', `${JSON.stringify(path)} is no folder name`, 'Give the path of a folder.'))
  const folder = resolve(path)
  return async () => {
    const found = await listed(folder, frames).catch((error: unknown) => E.left(unreadable(folder)(error)))
    return E.flatMap((listing: Listing) => checked(folder, listing, settings))(found)
  }
}
