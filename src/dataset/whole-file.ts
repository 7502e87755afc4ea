import { createWriteStream } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'

/** Text is gathered to pieces of so many characters: a write of every line for itself costs more than all else. */
const pieceLength = 256 * 1024

/** Joins texts to pieces of some size. */
async function* pieces(texts: Iterable<string> | AsyncIterable<string>): AsyncGenerator<string> {
  let held = ''
  for await (const text of texts) {
    held += text
    if (held.length < pieceLength) continue
    yield held
    held = ''
  }
  if (held !== '') yield held
}

/**
 * Writes a file from texts, all or nothing: into a temporary file beside it, flushed to disk, then renamed. A name that ends in `.gz` is
 * gzip. Holds one piece. A source that throws, and a disk that is full, leave what stood there as it was.
 */
export const writeWhole = async (path: string, texts: Iterable<string> | AsyncIterable<string>): Promise<void> => {
  const temporary = `${path}.${process.pid}.tmp`
  try {
    const file = await open(temporary, 'w')
    try {
      const sink = createWriteStream('', { fd: file.fd, autoClose: false })
      await (path.endsWith('.gz') ? pipeline(pieces(texts), createGzip(), sink) : pipeline(pieces(texts), sink))
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}
