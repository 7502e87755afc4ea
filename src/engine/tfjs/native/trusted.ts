import { lstatSync, readlinkSync, type Stats } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname, join, parse, resolve, sep } from 'node:path'
import { either as E, type taskEither as TE } from 'fp-ts'
import { codeOf, messageOf } from '../../../flow/index.ts'

const sticky = 0o1000
const writableByOthers = 0o022
const mostLinks = 40

const octal = (mode: number): string => (mode & 0o7777).toString(8).padStart(4, '0')

/** Why others could change what stands at a path; nothing when they cannot. `isEnd`: sticky counts for the folders above alone. */
const doubt = (path: string, stats: Stats, isEnd: boolean, user: number): string | undefined => {
  if (stats.uid !== 0 && stats.uid !== user)
    return `${path} belongs to user ${stats.uid}, this is user ${user}: choose a folder of your own by KINOGRAD_CACHE`
  if (stats.isSymbolicLink()) return undefined
  if (!stats.isDirectory()) return `${path} is no folder: remove it, or choose another by KINOGRAD_CACHE`
  const open = (stats.mode & writableByOthers) !== 0
  // In a sticky folder, such as /tmp, nobody can take away or replace what is not theirs.
  if (open && (isEnd || (stats.mode & sticky) === 0))
    return `others may write to ${path} (mode ${octal(stats.mode)}): chmod go-w ${path}, or choose another folder by KINOGRAD_CACHE`
  return undefined
}

/**
 * `Left` says why programs in a folder cannot be trusted: somebody else (root aside) owns it, a folder above it or a symbolic link on
 * the way, or may write there. What the folder would be made in is looked at where it does not exist yet.
 */
export const trustedFolder = (folder: string): E.Either<string, void> => {
  const user = process.getuid?.()
  // Windows has no owner and mode that Node could read.
  if (user === undefined) return E.right(undefined)
  const { root } = parse(resolve(folder))
  let at = root
  let links = 0
  const rest = resolve(folder).slice(root.length).split(sep).filter(Boolean)
  try {
    while (true) {
      const stats = lstatSync(at)
      const why = doubt(at, stats, rest.length === 0, user)
      if (why !== undefined) return E.left(why)
      if (stats.isSymbolicLink()) {
        if (++links > mostLinks) return E.left(`${folder} goes through more than ${mostLinks} symbolic links`)
        rest.unshift(...resolve(dirname(at), readlinkSync(at)).slice(root.length).split(sep).filter(Boolean))
        at = root
        continue
      }
      const next = rest.shift()
      if (next === undefined) return E.right(undefined)
      at = join(at, next)
    }
  } catch (error) {
    return codeOf(error) === 'ENOENT' ? E.right(undefined) : E.left(messageOf(error))
  }
}

/** Makes a folder that only its owner may write to, and looks at it and all above it. */
export const ownFolder =
  (folder: string): TE.TaskEither<string, void> =>
  async () => {
    const before = trustedFolder(folder)
    if (E.isLeft(before)) return before
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 })
    } catch (error) {
      return E.left(`${folder} cannot be made (${messageOf(error)}): choose another folder by KINOGRAD_CACHE`)
    }
    return trustedFolder(folder)
  }
