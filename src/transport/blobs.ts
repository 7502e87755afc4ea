import { either as E } from 'fp-ts'
import type { Fault } from '../flow/index.ts'
import type { Wire } from './envelope.ts'
import { sha256 } from './names.ts'
import { pack, unpack } from './plain.ts'
import type { BlobRef, Transport } from './transport.ts'

type Blobs = Pick<Transport, 'putBlob' | 'getBlob'>

/** Writes a value for the way: its bytes are put where all can fetch them, under the name of `owner`. Left: `NotPlain`, `Unreachable`. */
export const toWire = async (
  { putBlob }: Blobs,
  run: string,
  value: unknown,
  owner?: string,
): Promise<E.Either<Fault, Wire>> => {
  const packed = pack(value)
  if (E.isLeft(packed)) return packed
  const { json, bytes } = packed.right
  if (bytes.size === 0) return E.right({ json, blobs: {} })
  const blobs: [string, BlobRef][] = []
  const whose = owner ?? sha256(JSON.stringify([json, ...[...bytes.values()].map(sha256)])).slice(0, 40)
  for (const [place, one] of bytes) {
    const put = await putBlob(run, whose, one)()
    if (E.isLeft(put)) return put
    blobs.push([place, put.right])
  }
  return E.right({ json, blobs: Object.fromEntries(blobs) })
}

/** Reads a value that came, and fetches its bytes. Left: `NoBlob`, `BadBlob`, `Unreachable`. */
export const fromWire = async (
  { getBlob }: Blobs,
  run: string,
  { json, blobs }: Wire,
): Promise<E.Either<Fault, unknown>> => {
  const bytes = new Map<string, Uint8Array>()
  for (const [place, ref] of Object.entries(blobs)) {
    const got = await getBlob(run, ref)()
    if (E.isLeft(got)) return got
    bytes.set(place, got.right)
  }
  return E.right(unpack({ json, bytes }))
}
