import { either as E, function as F, taskEither as TE } from 'fp-ts'
import type { Fault } from '../../flow/index.ts'
import { badBlob, noBlob } from '../faults.ts'
import { blobName, sha256 } from '../names.ts'
import type { BlobRef, Transport } from '../transport.ts'
import type { Link } from './link.ts'
import { blobsOf, pieceOf } from './places.ts'
import { once } from './publish.ts'
import { makeBlobs } from './streams.ts'

/** Bytes of a piece: a message that any server takes, and that fits into JSON in base64 too. */
const pieceBytes = 2 ** 18

/** Where a blob's pieces begin, and how long each is. */
const piecesOf = (bytes: number): readonly { readonly from: number; readonly length: number }[] =>
  Array.from({ length: Math.ceil(bytes / pieceBytes) }, (_, i) => ({
    from: i * pieceBytes,
    length: Math.min(pieceBytes, bytes - i * pieceBytes),
  }))

/** A piece; a server of a cluster that has not got it yet is passed over for the one that takes what is written. */
const pieceAt = async ({ jsm }: Link, run: string, subject: string): Promise<Uint8Array | undefined> => {
  const query = { last_by_subj: subject }
  const near = await jsm.direct.getMessage(blobsOf(run), query)
  return (near ?? (await jsm.streams.getMessage(blobsOf(run), query)))?.data
}

/** All bytes of a blob. Nothing more is read where a piece is missing, or of another length. */
const read = async (link: Link, run: string, ref: BlobRef): Promise<E.Either<Fault, Uint8Array>> => {
  const pieces: Uint8Array[] = []
  const soFar = (): Uint8Array => Buffer.concat(pieces)
  for (const [i, { length }] of piecesOf(ref.bytes).entries()) {
    const piece = await pieceAt(link, run, pieceOf(run, ref.name, i))
    if (piece === undefined) return E.left(noBlob(ref))
    pieces.push(piece)
    if (piece.length !== length) return E.left(badBlob(ref, { sha256: sha256(soFar()), bytes: soFar().length }))
  }
  const whole = soFar()
  const hash = sha256(whole)
  return hash === ref.sha256
    ? E.right(new Uint8Array(whole.buffer, whole.byteOffset, whole.length))
    : E.left(badBlob(ref, { sha256: hash, bytes: whole.length }))
}

/**
 * Blobs in a stream of their own, a message a piece, each kept for a week at most. A piece that is there already is of the same blob, as
 * names hold the hash: it stays. JetStream's object store would do it with three times as many messages, and hashes in JavaScript.
 */
export const natsBlobs = (link: Link): Pick<Transport, 'putBlob' | 'getBlob' | 'dropBlob'> => {
  const made = new Set<string>()
  const ready = async (run: string): Promise<void> => {
    if (!made.has(run)) await makeBlobs(link.jsm, run)
    made.add(run)
  }
  return {
    putBlob: (run, owner, bytes) => {
      const hash = sha256(bytes)
      const name = blobName(owner, hash)
      return link.persist(async () => {
        await ready(run)
        for (const [i, { from, length }] of piecesOf(bytes.length).entries())
          await once(link, pieceOf(run, name, i), bytes.subarray(from, from + length))
        return { name, sha256: hash, bytes: bytes.length }
      })
    },
    getBlob: (run, ref) =>
      F.pipe(
        link.persist(async () => {
          await ready(run)
          return read(link, run, ref)
        }),
        TE.flatMapEither(F.identity),
      ),
    dropBlob: (run, { name }) =>
      link.persist(async () => {
        await ready(run)
        await link.jsm.streams.purge(blobsOf(run), { filter: pieceOf(run, name, '*') })
      }),
  }
}
