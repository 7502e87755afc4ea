import { type FileHandle, open, stat } from 'node:fs/promises'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'

/** A gzip file may unpack to this many bytes whatever its own size is, and to more only where it has some share of them. */
const unpackedFreely = 128 * 1024 * 1024
/** Records of text have a tenth to a fiftieth of their size when packed; what unpacks to more than this many times its own was made to. */
const mostUnpacked = 200

const pieceBytes = 96 * 1024

/** The bytes of a file from a place on, each piece in the memory of the one before, or in its own where it is `kept`. */
async function* piecesIn(file: FileHandle, from: number, kept: boolean): AsyncGenerator<Buffer> {
  let buffer: Buffer = Buffer.allocUnsafe(pieceBytes)
  for (let at = from; ; ) {
    const { bytesRead } = await file.read(buffer, 0, pieceBytes, at)
    if (bytesRead === 0) return
    at += bytesRead
    yield buffer.subarray(0, bytesRead)
    if (kept) buffer = Buffer.allocUnsafe(pieceBytes)
  }
}

/** The bytes from a place on that follow the end of a line. */
async function* linesFrom(file: FileHandle, from: number): AsyncGenerator<Buffer> {
  let isInside = true
  for await (const piece of piecesIn(file, from - 1, false)) {
    const end = isInside ? piece.indexOf(0x0a) : -1
    if (isInside && end < 0) continue
    isInside = false
    yield piece.subarray(end + 1)
  }
  if (isInside) throw new Error(`no line begins behind byte ${from}`)
}

/** Unpacks as it is read, and stops where the file turns out to be a bomb. */
async function* unpacked(pieces: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  let [packed, bytes] = [0, 0]
  const counted = async function* () {
    for await (const piece of pieces) {
      packed += piece.length
      yield piece
    }
  }
  const source = pipeline(counted, createGunzip({ chunkSize: 64 * 1024 }), () => undefined)
  try {
    for await (const piece of source) {
      bytes += piece.length
      if (bytes > unpackedFreely && bytes > mostUnpacked * packed)
        throw new Error(`${packed} bytes of gzip unpack to more than ${bytes}, at most ${mostUnpacked} times are taken`)
      yield piece
    }
  } finally {
    source.destroy()
  }
}

const withoutMark = (piece: Buffer): Buffer =>
  piece[0] === 0xef && piece[1] === 0xbb && piece[2] === 0xbf ? piece.subarray(3) : piece

/**
 * The bytes of a file piece by piece; gzip is recognised by its first two bytes, a byte-order mark is dropped. A piece
 * is good until the next one is asked for. Holds one piece (96 KiB) and closes the file when the reader stops early. Throws what the file system or zlib says, and where
 * gzip unpacks to far more than text does. With `newest`, the lines in so many bytes at the end, as they are.
 */
export async function* bytesOf(path: string, newest?: number): AsyncGenerator<Buffer> {
  const about = await stat(path)
  // A pipe that nobody writes to would hold the process for ever, and a device may have no end.
  if (!about.isFile() && !about.isDirectory()) throw new Error('it is no file but a pipe or a device')
  const file = await open(path)
  try {
    if (newest !== undefined) {
      yield* about.size > newest ? linesFrom(file, about.size - newest) : piecesIn(file, 0, false)
      return
    }
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0)
    const isZipped = bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b
    let atStart = true
    for await (const piece of isZipped ? unpacked(piecesIn(file, 0, true)) : piecesIn(file, 0, false)) {
      yield atStart ? withoutMark(piece) : piece
      atStart = false
    }
  } finally {
    await file.close()
  }
}
