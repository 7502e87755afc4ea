import { createHash } from 'node:crypto'
import { appendFile, open, stat, truncate } from 'node:fs/promises'
import { type Digest, digestSoFar, hashFile, type Running } from './digest.ts'
import { isMissing } from './fault.ts'

/** A file that only grows, and that knows the digest of all that it holds. Its calls reject where the file system refuses. */
export interface Log {
  /** Adds text whole, or leaves the file as it was. */
  readonly append: (text: string) => Promise<void>
  /** What it holds now. */
  readonly position: () => Digest
  /** Cuts it to what it held before; says what is wrong, and cuts nothing, where it does not begin with that. */
  readonly rewind: (to: Digest) => Promise<string | undefined>
  /** Sees to it that all of it is on the disk; says what is wrong where somebody else has changed its length. */
  readonly sync: () => Promise<string | undefined>
}

const empty = (): Running => ({ bytes: 0, hash: createHash('sha256') })

/** Length of a file; 0 where there is none. */
export const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    (error: unknown) => {
      if (isMissing(error)) return 0
      throw error
    },
  )

/** What is wrong with a log that was to begin as `digest` says; nothing where it does. */
export const wrongStart = ({ bytes, hash }: Running, digest: Digest): string | undefined => {
  if (bytes < digest.bytes) return `has ${bytes} bytes, and had ${digest.bytes} when the run was saved: it was cut`
  const { sha256 } = digestSoFar({ bytes, hash })
  return sha256 === digest.sha256
    ? undefined
    : `was altered in its first ${bytes} bytes: their sha-256 begins with ${sha256.slice(0, 12)}, not ${digest.sha256.slice(0, 12)}`
}

/** Reads the beginning of a file for its digest; nothing where there is no file. */
export const startOf = (path: string, most?: number): Promise<Running> =>
  hashFile(path, most).catch((error: unknown) => {
    if (isMissing(error)) return empty()
    throw error
  })

/** Opens a log, whose file need not be there yet. Reads it once. */
export const openLog = async (path: string): Promise<Log> => {
  let now = await startOf(path)
  return {
    position: () => digestSoFar(now),
    append: async text => {
      if (text === '') return
      try {
        await appendFile(path, text)
      } catch (error) {
        // A part of it may have been written before the disk was full.
        if ((await sizeOf(path).catch(() => now.bytes)) > now.bytes) await truncate(path, now.bytes)
        throw error
      }
      now = { bytes: now.bytes + Buffer.byteLength(text), hash: now.hash.update(text) }
    },
    rewind: async to => {
      const start = await startOf(path, to.bytes)
      const wrong = wrongStart(start, to)
      if (wrong !== undefined) return wrong
      if ((await sizeOf(path)) > to.bytes) await truncate(path, to.bytes)
      now = start
      return undefined
    },
    sync: async () => {
      const size = await sizeOf(path)
      if (size !== now.bytes) return `has ${size} bytes, and ${now.bytes} were written: somebody else changed it`
      if (size === 0) return undefined
      const file = await open(path, 'r+')
      try {
        await file.sync()
      } finally {
        await file.close()
      }
      return undefined
    },
  }
}
