import { either as E, type taskEither as TE } from 'fp-ts'
import type { EngineFault } from '../../../engine.ts'
import { unreadable } from '../faults.ts'
import { readFileTensors, type StoredTensor } from './file.ts'
import { findShards } from './shards.ts'

/** Which tensors are read. */
export interface ReadOptions {
  /** Which tensors to read; all, when not given. What is left out costs neither time nor memory. */
  readonly wants?: (name: string) => boolean
}

/** A safetensors file: its tensors by name, and its metadata. */
export interface SafetensorsFile {
  readonly tensors: ReadonlyMap<string, StoredTensor>
  /** `__metadata__`, of the first shard where there are several. */
  readonly metadata: Readonly<Record<string, string>>
}

/**
 * Reads tensors from a .safetensors file, a sharded checkpoint's index, or a folder with either.
 *
 * Memory: each tensor is read into its own array once; F16, BF16 and I64 pass a buffer of 16 MiB. Order: that of the file.
 * `Left('BadCheckpoint')` names file and tensor with both numbers: a missing shard, a tensor that the index promises and the shard
 * lacks or that two shards hold, an unknown dtype, a truncated or oversized header, sizes that do not fit offsets, holes, a cut
 * file. The header is read against the limits of the format's reference implementation.
 */
export const readSafetensors =
  (path: string, { wants = () => true }: ReadOptions = {}): TE.TaskEither<EngineFault, SafetensorsFile> =>
  async () => {
    const shards = await findShards(path)()
    if (E.isLeft(shards)) return shards
    const tensors = new Map<string, StoredTensor>()
    let metadata: SafetensorsFile['metadata'] | undefined
    for (const shard of shards.right) {
      const read = await readFileTensors(shard.path, wants)()
      if (E.isLeft(read)) return read
      for (const name of shard.names ?? [])
        if (wants(name) && !read.right.tensors.has(name))
          return E.left(unreadable(shard.path, `${name} is missing, the index puts it here`))
      for (const [name, tensor] of read.right.tensors) {
        if (tensors.has(name)) return E.left(unreadable(shard.path, `${name} was in another shard already`))
        tensors.set(name, tensor)
      }
      metadata ??= read.right.metadata
    }
    return E.right({ tensors, metadata: metadata ?? {} })
  }
