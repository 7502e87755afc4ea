import { randomUUID } from 'node:crypto'
import { mkdir, open, readdir, rename, rm, rmdir, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { either as E, taskEither as TE } from 'fp-ts'
import { codeOf } from '../../../flow/index.ts'
import type { EngineFault } from '../../engine.ts'
import { unreadable, unwritable } from './faults.ts'
import { manifestFile, readManifest } from './manifest.ts'
import { kindOf } from './parts.ts'

/*
 * A folder that is not there yet is written beside its place and renamed. One that is there may hold what is not ours, may be a mount
 * point or the target of a link, and no system call of Node exchanges two folders: it gets a complete save in a folder of its own
 * inside, whose renaming to `saved` is the moment at which the save counts. From there on the files only have to be moved
 * up, and whoever comes next finishes that.
 */

const writing = '.kinograd-writing-'
const saved = '.kinograd-saved'

/** Sees to it that what was written and renamed in a folder outlives the machine. Windows cannot open folders, and need not. */
const syncFolder = async (path: string): Promise<void> => {
  if (process.platform === 'win32') return
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    found => found.isDirectory(),
    () => false,
  )

/** What an earlier process began to write and did not end. */
const removeUnfinished = async (directory: string, beginning: string): Promise<void> => {
  if (await isFolder(directory))
    for (const name of await readdir(directory))
      if (name.startsWith(beginning)) await rm(join(directory, name), { recursive: true, force: true })
}

/** Whether a save into the folder counts whose files are not all in their places yet. */
export const isUnsettled = (directory: string): Promise<boolean> => isFolder(join(directory, saved))

/** Moves a file up; another process may have done so. */
const moveUp = async (name: string, directory: string): Promise<void> => {
  try {
    await rename(join(directory, saved, name), join(directory, name))
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
  }
}

/**
 * Finishes a save that counts and was interrupted while its files were moved to their places; does nothing where there is none.
 * Weights and optimiser of the save before, that would be read beside the new ones, go. `Left('BadCheckpoint')`: the disk refuses.
 */
export const settle =
  (directory: string): TE.TaskEither<EngineFault, void> =>
  async () => {
    if (!(await isUnsettled(directory))) return E.right(undefined)
    const inside = join(directory, saved)
    const manifest = await readManifest(inside)()
    if (E.isLeft(manifest)) return manifest
    return TE.tryCatch(async () => {
      if (manifest.right !== undefined) {
        const { kind, files } = manifest.right
        for (const name of Object.keys(files)) await moveUp(name, directory)
        for (const name of await readdir(directory))
          if ([kind, 'optimiser'].includes(kindOf(name) ?? '') && !Object.hasOwn(files, name))
            await rm(join(directory, name))
        await syncFolder(directory)
        await moveUp(manifestFile, directory)
      }
      await rmdir(inside)
      await syncFolder(directory)
    }, unwritable(directory))()
  }

/**
 * Has `fill` write files, a manifest among them, and puts them into a folder: all of them or none, whenever the process is killed.
 * Other files of the folder stay. One process writes a folder at a time. `Left('BadCheckpoint')` where the disk refuses; nothing has
 * changed then, as where `fill` fails. What a killed process left unfinished is removed.
 */
export const writeWhole =
  (path: string, fill: (beside: string) => TE.TaskEither<EngineFault, void>): TE.TaskEither<EngineFault, void> =>
  async () => {
    const directory = resolve(path)
    const parent = dirname(directory)
    const settled = await settle(directory)()
    if (E.isLeft(settled)) return settled
    const there = await isFolder(directory)
    const [folder, beginning] = there ? [directory, writing] : [parent, `.${basename(directory)}${writing}`]
    const beside = join(folder, `${beginning}${randomUUID()}`)
    const attempt = (work: () => Promise<unknown>) =>
      TE.tryCatch(async () => void (await work()), unwritable(directory))
    const written = await TE.flatMap(() => fill(beside))(
      attempt(async () => {
        await removeUnfinished(folder, beginning)
        await mkdir(beside, { recursive: true })
      }),
    )()
    const counted = E.isLeft(written)
      ? written
      : await attempt(async () => {
          await syncFolder(beside)
          await rename(beside, there ? join(directory, saved) : directory)
          await syncFolder(folder)
        })()
    if (E.isRight(counted)) return settle(directory)()
    const removed = await attempt(() => rm(beside, { recursive: true, force: true }))()
    return E.isRight(removed)
      ? counted
      : E.left(unreadable(directory, `${counted.left.cause}; and ${beside} cannot be removed`))
  }
