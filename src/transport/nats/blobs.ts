import { type ObjectStore, Objm } from '@nats-io/obj'
import { nanos } from '@nats-io/transport-node'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import type { Fault } from '../../flow/index.ts'
import { badBlob, noBlob } from '../faults.ts'
import { blobName, sha256 } from '../names.ts'
import type { BlobRef, Transport } from '../transport.ts'
import type { Link } from './link.ts'
import { bucketOf } from './places.ts'
import { keptMs } from './streams.ts'

/** What the store says of an object whose pieces do not come to what it was. */
const spoilt = /digest|corrupt|size/i

/** What was read, or that it is spoilt, as the store itself noticed. Nothing is read of an object of another size. */
const read = async (store: ObjectStore, { name, bytes }: BlobRef): Promise<Uint8Array | null | 'spoilt'> => {
  const there = await store.info(name)
  if (there === null || there.deleted) return null
  if (there.size !== bytes) return 'spoilt'
  try {
    return await store.getBlob(name)
  } catch (error) {
    if (error instanceof Error && spoilt.test(error.message)) return 'spoilt'
    throw error
  }
}

const checked = (ref: BlobRef, bytes: Uint8Array | null | 'spoilt'): E.Either<Fault, Uint8Array> => {
  if (bytes === null) return E.left(noBlob(ref))
  if (bytes === 'spoilt') return E.left(badBlob(ref, { sha256: 'another', bytes: ref.bytes }))
  const hash = sha256(bytes)
  return hash === ref.sha256 && bytes.length === ref.bytes
    ? E.right(bytes)
    : E.left(badBlob(ref, { sha256: hash, bytes: bytes.length }))
}

/** Blobs in JetStream's object store, a bucket a run, each kept for a week at most. */
export const natsBlobs = ({ js, persist }: Link): Pick<Transport, 'putBlob' | 'getBlob' | 'dropBlob'> => {
  const stores = new Map<string, ObjectStore>()
  const storeOf = async (run: string): Promise<ObjectStore> => {
    const there = stores.get(run) ?? (await new Objm(js).create(bucketOf(run), { ttl: nanos(keptMs) }))
    stores.set(run, there)
    return there
  }
  return {
    putBlob: (run, owner, bytes) => {
      const hash = sha256(bytes)
      const name = blobName(owner, hash)
      const put = async (): Promise<BlobRef> => {
        const store = await storeOf(run)
        const there = await store.info(name)
        if (there === null || there.deleted) await store.putBlob({ name }, bytes)
        return { name, sha256: hash, bytes: bytes.length }
      }
      return persist(put)
    },
    getBlob: (run, ref) =>
      ref.bytes === 0
        ? TE.right(new Uint8Array(0))
        : F.pipe(
            persist(async () => read(await storeOf(run), ref)),
            TE.flatMapEither(bytes => checked(ref, bytes)),
          ),
    dropBlob: (run, { name }) => persist(async () => void (await (await storeOf(run)).delete(name))),
  }
}
