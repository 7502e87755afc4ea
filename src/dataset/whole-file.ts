import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'

/** Bytes are gathered to pieces of this size: a write of every line for itself costs more than all else. */
const pieceBytes = 256 * 1024

/** Texts as pieces of bytes. A text is turned into bytes when it comes: texts that wait are copied again and again by the collector. */
async function* pieces(texts: AsyncIterable<string>): AsyncGenerator<Buffer> {
  let [buffer, at]: [Buffer, number] = [Buffer.allocUnsafe(pieceBytes), 0]
  for await (const text of texts) {
    const most = 3 * text.length
    if (most > pieceBytes - at) {
      if (at > 0) yield buffer.subarray(0, at)
      buffer = Buffer.allocUnsafe(Math.max(pieceBytes, most))
      at = 0
    }
    at += buffer.write(text, at)
  }
  if (at > 0) yield buffer.subarray(0, at)
}

/** A file as the end of a stream; it is closed by who opened it. */
const sinkOf = (file: FileHandle) =>
  new Writable({
    write: (chunk: Buffer, _, done) => {
      file.appendFile(chunk).then(() => done(), done)
    },
  })

/**
 * Writes a file from texts, all or nothing: into a temporary file beside it, flushed to disk, then
 * renamed. A name that ends in `.gz` is gzip. Holds one piece. A source that throws, and a disk that is full, leave what stood there as
 * it was.
 */
export const writeWhole = async (path: string, texts: AsyncIterable<string>): Promise<void> => {
  const temporary = `${path}.${process.pid}.tmp`
  try {
    const file = await open(temporary, 'w')
    try {
      if (path.endsWith('.gz')) await pipeline(pieces(texts), createGzip(), sinkOf(file))
      else for await (const piece of pieces(texts)) await file.appendFile(piece)
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
