import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'

/** Where no record ends within this many decompressed bytes, reading stops with a fault: no data set has such a record. */
export const recordLimit = 64 * 1024 * 1024

/** The bytes of a file, piece by piece; the file is closed when the reader stops. */
async function* piecesOf(path: string): AsyncGenerator<Buffer> {
  const stream = createReadStream(path)
  try {
    for await (const chunk of stream) yield chunk
  } finally {
    stream.destroy()
  }
}

/**
 * The text of a file piece by piece; gzip is recognised by its first two bytes, a byte-order mark is dropped.
 * Holds one piece (64 KiB) and closes the file when the reader stops early. Throws what the file system, zlib or the
 * UTF-8 decoder says; `readValues` turns that into a fault.
 */
export async function* textOf(path: string): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const bytes = piecesOf(path)
  const first = await bytes.next()
  if (first.done) return
  const whole = async function* () {
    yield first.value
    yield* bytes
  }
  const zipped = first.value[0] === 0x1f && first.value[1] === 0x8b
  const source = zipped ? pipeline(whole, createGunzip(), () => undefined) : whole()
  try {
    for await (const chunk of source) {
      const text = decoder.decode(chunk, { stream: true })
      if (text !== '') yield text
    }
    const rest = decoder.decode()
    if (rest !== '') yield rest
  } finally {
    if ('destroy' in source) source.destroy()
    await bytes.return(undefined)
  }
}
