import { either as E } from 'fp-ts'
import { messageOf } from '../../flow/index.ts'
import type { Frames } from '../types.ts'

const magic = 'KGF1'

/** Frames as bytes: magic, length of the head, head as JSON, pixels. */
export const encodeEntry = ({ data, ...head }: Frames): Uint8Array[] => {
  const json = Buffer.from(JSON.stringify(head))
  const start = Buffer.alloc(8)
  start.write(magic, 0, 'latin1')
  start.writeUInt32LE(json.length, 4)
  return [start, json, data]
}

/** The frames of an entry; `Left` says what is wrong with it (another version, cut short), and it is then made anew. */
export const decodeEntry = (bytes: Buffer): E.Either<string, Frames> =>
  E.tryCatch(() => {
    if (bytes.toString('latin1', 0, 4) !== magic) throw new Error('is no frame entry')
    const start = 8 + bytes.readUInt32LE(4)
    const head = JSON.parse(bytes.toString('utf8', 8, start)) as Omit<Frames, 'data'>
    const size = head.count * head.height * head.width * 3
    if (bytes.length !== start + size) throw new Error(`holds ${bytes.length - start} bytes of pixels, not ${size}`)
    return { ...head, data: new Uint8Array(bytes.buffer, bytes.byteOffset + start, size) }
  }, messageOf)
