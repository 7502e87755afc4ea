import { createHash } from 'node:crypto'
import { open, stat } from 'node:fs/promises'

/** How a file is told from every other: its length and its sha-256, in hexadecimal digits. */
export interface Digest {
  readonly bytes: number
  readonly sha256: string
}

export const sha256Of = (text: string): string => createHash('sha256').update(text).digest('hex')

/**
 * The digest of a file, read once through a buffer of 1 MiB. With `sync` the file is on the disk when the promise resolves. Rejects
 * where the file cannot be read, and for what is no file.
 */
export const digestOf = async (path: string, { sync = false } = {}): Promise<Digest> => {
  // Asked before it is opened: a pipe that nobody writes to would hold whoever opens it.
  if (!(await stat(path)).isFile()) throw new Error('it is no file')
  const file = await open(path, sync ? 'r+' : 'r')
  try {
    const hash = createHash('sha256')
    const buffer = Buffer.allocUnsafe(1 << 20)
    let bytes = 0
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, bytes)
      if (bytesRead === 0) break
      hash.update(buffer.subarray(0, bytesRead))
      bytes += bytesRead
    }
    if (sync) await file.sync()
    return { bytes, sha256: hash.digest('hex') }
  } finally {
    await file.close()
  }
}
