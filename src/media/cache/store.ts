import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { either as E } from 'fp-ts'
import { type Lru, lru } from '../lru.ts'
import type { Frames } from '../types.ts'
import { decodeEntry, encodeEntry } from './entry.ts'

/** Frames on disk by key, within a bound of bytes; the least recently used go first. */
export interface Store {
  readonly read: (key: string) => Promise<Frames | undefined>
  /** Throws what the file system throws. */
  readonly write: (key: string, frames: Frames) => Promise<void>
}

const extension = '.frames'

/** What lies in the folder, oldest first; leftovers of interrupted writes older than an hour are removed. */
const survey = async (directory: string, index: Lru<true>): Promise<void> => {
  await mkdir(directory, { recursive: true })
  const names = await readdir(directory)
  const files = await Promise.all(
    names.map(async name => ({ name, found: await stat(join(directory, name)).catch(() => undefined) })),
  )
  const old = Date.now() - 3_600_000
  for (const { name, found } of files.sort((a, b) => (a.found?.mtimeMs ?? 0) - (b.found?.mtimeMs ?? 0)))
    if (name.endsWith(extension) && found !== undefined) index.set(name.slice(0, -extension.length), true, found.size)
    else if (name.endsWith('.part') && found !== undefined && found.mtimeMs < old) await rm(join(directory, name))
}

let written = 0

/**
 * A store in one folder. Writes are atomic (temporary name, then renamed), so that a reader or a killed writer leaves
 * no half entry; an unreadable entry counts as absent. The bound holds for what this process knows of the folder.
 */
export const store = (directory: string, bytes: number): Store => {
  const index = lru<true>(bytes)
  let surveyed: Promise<void> | undefined
  const fileOf = (key: string) => join(directory, `${key}${extension}`)
  const ready = () => {
    surveyed ??= survey(directory, index)
    return surveyed
  }
  return {
    read: async key => {
      await ready()
      const found = await readFile(fileOf(key)).catch(() => undefined)
      if (found === undefined) return undefined
      index.get(key)
      const frames = decodeEntry(found)
      return E.isRight(frames) ? frames.right : undefined
    },
    write: async (key, frames) => {
      await ready()
      const parts = encodeEntry(frames)
      const size = parts.reduce((sum, part) => sum + part.length, 0)
      if (size > bytes) return
      const part = join(directory, `${key}.${process.pid}.${written++}.part`)
      const file = await open(part, 'w')
      try {
        await file.writev(parts)
      } finally {
        await file.close()
      }
      await rename(part, fileOf(key))
      for (const gone of index.set(key, true, size)) await rm(fileOf(gone), { force: true })
    },
  }
}
