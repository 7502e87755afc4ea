import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import * as t from 'io-ts'

/** How a file, or the beginning of one, is told from every other: its length, and its sha-256 in hexadecimal digits. */
export const digestCodec = t.readonly(t.type({ bytes: t.number, sha256: t.string }), 'digest')
/** Length and sha-256. */
export type Digest = t.TypeOf<typeof digestCodec>

/** The sha-256 of a text. */
export const sha256Of = (text: string): string => createHash('sha256').update(text).digest('hex')

/** A hash that goes on, with the number of bytes that it has seen. */
export interface Running {
  readonly bytes: number
  readonly hash: Hash
}

/** What a running hash says so far; it can go on afterwards. */
export const digestSoFar = ({ bytes, hash }: Running): Digest => ({ bytes, sha256: hash.copy().digest('hex') })

/**
 * Reads the first `most` bytes of a file, all by default, in pieces. Fewer where it is shorter. Rejects where it cannot be read.
 */
export const hashFile = async (path: string, most = Number.POSITIVE_INFINITY): Promise<Running> => {
  const hash = createHash('sha256')
  let bytes = 0
  if (most > 0)
    for await (const piece of createReadStream(path, Number.isFinite(most) ? { end: most - 1 } : {})) {
      hash.update(piece)
      bytes += piece.length
    }
  return { bytes, hash }
}

/** The digest of a whole file. Rejects where it cannot be read. */
export const digestOf = async (path: string): Promise<Digest> => digestSoFar(await hashFile(path))
