import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'

/** Bytes are gathered to pieces of this size: a write of every line for itself costs more than all else. */
const pieceBytes = 256 * 1024

/** What a file is written from: values as they come, and the text of each. */
export interface Written<A> {
  readonly values: Iterable<A> | AsyncIterable<A>
  readonly textOf: (value: A) => string
  /** What stands behind the last one. */
  readonly end?: () => string
}

/** Gathers texts to pieces of bytes. A text is turned into bytes when it comes: texts that wait are copied again and again by the collector. */
const gathering = () => {
  let [buffer, at]: [Buffer, number] = [Buffer.allocUnsafe(pieceBytes), 0]
  const gathered = (): Buffer | undefined => (at > 0 ? buffer.subarray(0, at) : undefined)
  return {
    gathered,
    /** Takes a text; gives the piece before it, where there was no room left. */
    add: (text: string): Buffer | undefined => {
      const most = 3 * text.length
      let full: Buffer | undefined
      if (most > buffer.length - at) {
        full = gathered()
        buffer = Buffer.allocUnsafe(Math.max(pieceBytes, most))
        at = 0
      }
      at += buffer.write(text, at)
      return full
    },
  }
}

/** The texts of values as pieces of bytes. */
async function* pieces<A>({ values, textOf, end = () => '' }: Written<A>, count: () => void): AsyncGenerator<Buffer> {
  const { add, gathered } = gathering()
  for await (const value of values) {
    const piece = add(textOf(value))
    if (piece !== undefined) yield piece
    count()
  }
  for (const piece of [add(end()), gathered()]) if (piece !== undefined) yield piece
}

/** A file as the end of a stream; it is closed by who opened it. */
const sinkOf = (file: FileHandle) =>
  new Writable({
    write: (chunk: Buffer, _, done) => {
      file.appendFile(chunk).then(() => done(), done)
    },
  })

/**
 * Writes a file from the texts of values, all or nothing, and gives how many there were: into a temporary file beside it, flushed to disk, then
 * renamed. A name that ends in `.gz` is gzip. Holds one piece. A source that throws, and a disk that is full, leave what stood there as
 * it was.
 */
export const writeWhole = async <A>(path: string, written: Written<A>): Promise<number> => {
  let count = 0
  const texts = pieces(written, () => {
    count += 1
  })
  const temporary = `${path}.${process.pid}.tmp`
  try {
    const file = await open(temporary, 'w')
    try {
      if (path.endsWith('.gz')) await pipeline(texts, createGzip(), sinkOf(file))
      else for await (const piece of texts) await file.appendFile(piece)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
    return count
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}
