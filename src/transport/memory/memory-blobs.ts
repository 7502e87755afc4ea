import { either as E } from 'fp-ts'
import { badBlob, noBlob } from '../faults.ts'
import { blobName, sha256 } from '../names.ts'
import type { Transport } from '../transport.ts'

/** Blobs in this process, checked as those of a server are. */
export const memoryBlobs = (
  blobsOf: (run: string) => Map<string, Uint8Array>,
): Pick<Transport, 'putBlob' | 'getBlob' | 'dropBlob'> => ({
  putBlob: (run, owner, bytes) => async () => {
    const hash = sha256(bytes)
    const name = blobName(owner, hash)
    blobsOf(run).set(name, bytes.slice())
    return E.right({ name, sha256: hash, bytes: bytes.length })
  },
  getBlob: (run, ref) => async () => {
    const bytes = blobsOf(run).get(ref.name)
    if (bytes === undefined) return E.left(noBlob(ref))
    const hash = sha256(bytes)
    return hash === ref.sha256 && bytes.length === ref.bytes
      ? E.right(bytes.slice())
      : E.left(badBlob(ref, { sha256: hash, bytes: bytes.length }))
  },
  dropBlob:
    (run, { name }) =>
    async () => {
      blobsOf(run).delete(name)
      return E.right(undefined)
    },
})
