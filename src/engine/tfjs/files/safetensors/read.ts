import { either as E, type taskEither as TE } from 'fp-ts'
import type { EngineFault } from '../../../engine.ts'
import { unreadable } from '../faults.ts'
import { type Readable, readFileEntries, readFileTensors, type StoredTensor, visitFile } from './file.ts'
import { findShards, type Shard } from './shards.ts'

/** What a file says of a tensor. */
export type PromisedTensor = Pick<StoredTensor, 'shape' | 'dtype'>

/** Which tensors are read. */
export interface ReadOptions {
  /** Which tensors to read; all, when not given. What is left out costs neither time nor memory. */
  readonly wants?: (name: string) => boolean
  /** Looks at what the files say of their tensors before any of them is read; a `Left` ends it there. */
  readonly fits?: (promised: ReadonlyMap<string, PromisedTensor>) => E.Either<EngineFault, unknown>
}

/** A safetensors file: its tensors by name, and its metadata. */
export interface SafetensorsFile {
  readonly tensors: ReadonlyMap<string, StoredTensor>
  /** `__metadata__`, of the first shard where there are several. */
  readonly metadata: Readonly<Record<string, string>>
}

/** What all files say of their tensors: each tensor in one file, and in the one that the index names. */
const promisedIn =
  (
    shards: readonly Shard[],
    wants: (name: string) => boolean,
  ): TE.TaskEither<EngineFault, ReadonlyMap<string, PromisedTensor>> =>
  async () => {
    const promised = new Map<string, PromisedTensor>()
    for (const { path, names } of shards) {
      const entries = await readFileEntries(path)()
      if (E.isLeft(entries)) return entries
      const held = new Set(entries.right.map(({ name }) => name))
      for (const name of names ?? [])
        if (wants(name) && !held.has(name))
          return E.left(unreadable(path, `${name} is missing, the index puts it here`))
      for (const entry of entries.right) {
        if (!wants(entry.name)) continue
        if (promised.has(entry.name)) return E.left(unreadable(path, `${entry.name} was in another shard already`))
        promised.set(entry.name, entry)
      }
    }
    return E.right(promised)
  }

/**
 * Shows the tensors of a checkpoint one after the other, each to be read or left, when `fits` has taken what all files promise.
 * `Left` as `readSafetensors`, and what `visit` refuses.
 */
export const visitSafetensors =
  (
    path: string,
    fits: NonNullable<ReadOptions['fits']>,
    visit: (tensor: Readable) => Promise<E.Either<string, unknown>>,
  ): TE.TaskEither<EngineFault, void> =>
  async () => {
    const shards = await findShards(path)()
    if (E.isLeft(shards)) return shards
    const promised = await promisedIn(shards.right, () => true)()
    if (E.isLeft(promised)) return promised
    const fit = fits(promised.right)
    if (E.isLeft(fit)) return fit
    for (const { path: file } of shards.right) {
      const visited = await visitFile(file, visit)()
      if (E.isLeft(visited)) return visited
    }
    return E.right(undefined)
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
  (
    path: string,
    { wants = () => true, fits = E.right }: ReadOptions = {},
  ): TE.TaskEither<EngineFault, SafetensorsFile> =>
  async () => {
    const shards = await findShards(path)()
    if (E.isLeft(shards)) return shards
    const promised = await promisedIn(shards.right, wants)()
    if (E.isLeft(promised)) return promised
    const fit = fits(promised.right)
    if (E.isLeft(fit)) return fit
    const tensors = new Map<string, StoredTensor>()
    let metadata: SafetensorsFile['metadata'] | undefined
    for (const { path: file } of shards.right) {
      const read = await readFileTensors(file, wants)()
      if (E.isLeft(read)) return read
      for (const [name, tensor] of read.right.tensors) tensors.set(name, tensor)
      metadata ??= read.right.metadata
    }
    return E.right({ tensors, metadata: metadata ?? {} })
  }
