import { either as E } from 'fp-ts'
import type { Fault } from '../flow/index.ts'
import type { Wire } from './envelope.ts'
import { sha256 } from './names.ts'
import { pack, unpack } from './plain.ts'
import type { BlobRef, Transport } from './transport.ts'

type Blobs = Pick<Transport, 'putBlob' | 'getBlob'>

/** Bytes of a message that come along in it; what is beyond goes as blobs. */
const inlineBytes = 16_384

/** Writes a value for the way: many bytes are put where all can fetch them, under the name of `owner`. Left: `NotPlain`, `Unreachable`. */
export const toWire = async (
  { putBlob }: Blobs,
  run: string,
  value: unknown,
  owner?: string,
): Promise<E.Either<Fault, Wire>> => {
  const packed = pack(value)
  if (E.isLeft(packed)) return packed
  const { json, bytes } = packed.right
  const inline: [string, string][] = []
  const blobs: [string, BlobRef][] = []
  let room = inlineBytes
  for (const [place, one] of bytes) {
    if (one.length <= room) {
      room -= one.length
      inline.push([place, Buffer.from(one.buffer, one.byteOffset, one.length).toString('base64')])
      continue
    }
    const put = await putBlob(run, owner ?? sha256(JSON.stringify([json, place, sha256(one)])).slice(0, 40), one)()
    if (E.isLeft(put)) return put
    blobs.push([place, put.right])
  }
  return E.right({ json, inline: Object.fromEntries(inline), blobs: Object.fromEntries(blobs) })
}

/** Reads a value that came, and fetches its bytes. Left: `NoBlob`, `BadBlob`, `Unreachable`. */
export const fromWire = async (
  { getBlob }: Blobs,
  run: string,
  { json, inline, blobs }: Wire,
): Promise<E.Either<Fault, unknown>> => {
  const bytes = new Map<string, Uint8Array>()
  for (const [place, text] of Object.entries(inline)) bytes.set(place, new Uint8Array(Buffer.from(text, 'base64')))
  for (const [place, ref] of Object.entries(blobs)) {
    const got = await getBlob(run, ref)()
    if (E.isLeft(got)) return got
    bytes.set(place, got.right)
  }
  return E.right(unpack({ json, bytes }))
}
