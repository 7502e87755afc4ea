import { type FileHandle, open } from 'node:fs/promises'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { messageOf } from '../../../../flow/index.ts'
import type { EngineFault } from '../../../engine.ts'
import { beginningBytes, foreignBytes, sentence } from '../../../text/file-kinds.ts'
import { unreadable } from '../faults.ts'
import { decodeInto, dtypeBytes, emptyData, isPlain, type TensorData } from './dtype.ts'
import { type Entry, type Header, headerLimit, headerRead, parseHeader } from './header.ts'

/** One tensor as a file holds it. */
export interface StoredTensor {
  readonly shape: readonly number[]
  /** The type in the file. In memory: F32, F16 and BF16 are Float32Array, I64 and I32 Int32Array, U8 Uint8Array. */
  readonly dtype: 'F32' | 'F16' | 'BF16' | 'I64' | 'I32' | 'U8'
  readonly data: TensorData
}

/** One tensor that is to be written, its bytes as the file will have them, part after part. */
export interface TensorInParts extends Pick<StoredTensor, 'shape' | 'dtype'> {
  readonly parts: () => Iterable<Uint8Array>
}

const chunk = 1 << 24

/** What follows the length of every header: a length alone may look like the beginning of another kind of file. */
const openingBrace = 0x7b

/** Fills `into` from the file; `Left` says how many bytes were there. */
const fill = async (file: FileHandle, into: Uint8Array, position: number): Promise<E.Either<string, void>> => {
  for (let at = 0; at < into.byteLength; ) {
    const { bytesRead } = await file.read(into, at, Math.min(chunk, into.byteLength - at), position + at)
    if (bytesRead === 0)
      return E.left(`the file ends at byte ${position + at}, ${position + into.byteLength} were promised`)
    at += bytesRead
  }
  return E.right(undefined)
}

const readHeader = async (file: FileHandle): Promise<E.Either<string, Header & { readonly start: number }>> => {
  const { size } = await file.stat()
  if (size < 8) return E.left(`the file has ${size} bytes, a header's length alone takes 8`)
  const prefix = Buffer.alloc(Math.min(size, beginningBytes))
  await fill(file, prefix, 0)
  const foreign = prefix[8] === openingBrace && prefix.readUInt32LE(4) === 0 ? undefined : foreignBytes(prefix)
  if (foreign !== undefined) return E.left(`this is ${sentence(foreign)}`)
  const length = Number(prefix.readBigUInt64LE())
  if (length > headerLimit) return E.left(`the header claims ${length} bytes, the limit is ${headerLimit}`)
  if (length > headerRead) return E.left(`the header claims ${length} bytes, at most ${headerRead} are read`)
  if (8 + length > size) return E.left(`the header claims ${length} bytes, the file has ${size - 8} after its length`)
  const json = Buffer.alloc(length)
  await fill(file, json, 8)
  return E.map((header: Header) => ({ ...header, start: 8 + length }))(parseHeader(json, size - 8 - length))
}

/** One tensor. Plain types are read straight into their array, the others through a buffer of 16 MiB. */
const readTensor = async (file: FileHandle, start: number, entry: Entry): Promise<E.Either<string, StoredTensor>> => {
  const { name, dtype, shape, begin, end } = entry
  const width = dtypeBytes[dtype]
  const data = emptyData(dtype, (end - begin) / width)
  if (isPlain(dtype)) {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    return E.map(() => ({ shape, dtype, data }))(await fill(file, bytes, start + begin))
  }
  const buffer = new Uint8Array(Math.min(chunk, end - begin))
  for (let at = begin; at < end; at += buffer.byteLength) {
    const part = buffer.subarray(0, Math.min(buffer.byteLength, end - at))
    const filled = await fill(file, part, start + at)
    if (E.isLeft(filled)) return filled
    const outside = decodeInto(dtype, part, data, (at - begin) / width)
    if (outside >= 0) return E.left(`${name}[${outside}] is an I64 beyond 32 bits`)
  }
  return E.right({ shape, dtype, data })
}

/** Opens a file, reads its header, and does something with both. */
const withHeader = <A>(
  path: string,
  use: (file: FileHandle, header: Header & { readonly start: number }) => Promise<E.Either<string, A>>,
): TE.TaskEither<EngineFault, A> =>
  F.pipe(
    TE.tryCatch(async () => {
      const file = await open(path, 'r')
      try {
        const header = await readHeader(file)
        return E.isLeft(header) ? header : await use(file, header.right)
      } finally {
        await file.close()
      }
    }, messageOf),
    TE.flatMapEither(read => read),
    TE.mapLeft(cause => unreadable(path, cause)),
  )

/** What a file says of its tensors, none of which is read. */
export const readFileEntries = (path: string): TE.TaskEither<EngineFault, readonly Entry[]> =>
  withHeader(path, async (_, { entries }) => E.right(entries))

/** A tensor in its file, before it is read. */
export interface Readable {
  readonly entry: Entry
  /** All of it, in an array of its own. */
  readonly read: () => Promise<E.Either<string, StoredTensor>>
  /** Some of its bytes as they stand in the file, from a place on. */
  readonly fill: (into: Uint8Array, from: number) => Promise<E.Either<string, void>>
}

/** Shows the tensors of one file one after the other; what is not read costs nothing. A `Left` ends it. */
export const visitFile = (
  path: string,
  visit: (tensor: Readable) => Promise<E.Either<string, unknown>>,
): TE.TaskEither<EngineFault, void> =>
  withHeader(path, async (file, { start, entries }) => {
    for (const entry of entries) {
      const visited = await visit({
        entry,
        read: () => readTensor(file, start, entry),
        fill: (into, from) => fill(file, into, start + entry.begin + from),
      })
      if (E.isLeft(visited)) return visited
    }
    return E.right(undefined)
  })

/** Tensors of one file and its metadata. Only tensors that `wants` says yes to are read. */
export const readFileTensors = (
  path: string,
  wants: (name: string) => boolean,
): TE.TaskEither<
  EngineFault,
  { tensors: ReadonlyMap<string, StoredTensor>; metadata: Readonly<Record<string, string>> }
> =>
  withHeader(path, async (file, { start, entries, metadata }) => {
    const tensors = new Map<string, StoredTensor>()
    for (const entry of entries) {
      if (!wants(entry.name)) continue
      const tensor = await readTensor(file, start, entry)
      if (E.isLeft(tensor)) return tensor
      tensors.set(entry.name, tensor.right)
    }
    return E.right({ tensors, metadata })
  })
