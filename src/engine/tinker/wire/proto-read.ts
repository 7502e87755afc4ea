import { BinaryReader } from '@bufbuild/protobuf/wire'
import { either as E } from 'fp-ts'
import { messageOf } from '../../../flow/index.ts'
import type { Chunk } from './chunk.ts'
import type { Datum, TrainingRequest } from './datum.ts'

/** What a message's field does to what was read so far; a field without an entry is passed over. */
type Fields<A> = Readonly<Record<number, (reader: BinaryReader, message: A) => A>>

const read = <A>(bytes: Uint8Array, empty: A, fields: Fields<A>): A => {
  const reader = new BinaryReader(bytes)
  let message = empty
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag()
    const take = fields[field]
    if (take === undefined) reader.skip(wire, field)
    else message = take(reader, message)
  }
  return message
}

const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

const int32s = (bytes: Uint8Array): readonly number[] => {
  const from = view(bytes)
  return Array.from({ length: bytes.length / 4 }, (_, i) => from.getInt32(4 * i, true))
}

/** DType of the protocol: how many bytes a number has, and how it is read. */
const numberKinds: Readonly<Record<number, readonly [bytes: number, (from: DataView, at: number) => number]>> = {
  1: [4, (from, at) => from.getFloat32(at, true)],
  2: [8, (from, at) => Number(from.getBigInt64(at, true))],
  3: [4, (from, at) => from.getInt32(at, true)],
}

const tensor = (bytes: Uint8Array): readonly number[] => {
  const { dense, kind } = read<{ readonly dense: Uint8Array | undefined; readonly kind: number }>(
    bytes,
    { dense: undefined, kind: 0 },
    { 1: (r, m) => ({ ...m, dense: r.bytes() }), 3: (r, m) => ({ ...m, kind: r.int32() }) },
  )
  const how = numberKinds[kind]
  if (dense === undefined || how === undefined)
    throw new Error(`a tensor of kind ${kind}${dense === undefined ? ' that is not dense' : ''} is not taken`)
  const from = view(dense)
  return Array.from({ length: dense.length / how[0] }, (_, i) => how[1](from, i * how[0]))
}

const chunk = (bytes: Uint8Array): Chunk => {
  const found = read<Chunk | undefined>(bytes, undefined, {
    1: r => ({
      type: 'encoded_text',
      tokens: read<readonly number[]>(r.bytes(), [], { 1: inner => int32s(inner.bytes()) }),
    }),
    2: r =>
      read<Extract<Chunk, { type: 'image' }>>(
        r.bytes(),
        { type: 'image', data: new Uint8Array() },
        {
          1: (inner, m) => ({ ...m, data: inner.bytes() }),
          3: (inner, m) => ({ ...m, expectedTokens: inner.int32() }),
        },
      ),
  })
  if (found === undefined) throw new Error('a chunk is neither text nor a picture')
  return found
}

/** An entry of a map from text. */
const entry = <V>(bytes: Uint8Array, empty: V, value: (reader: BinaryReader) => V): readonly [string, V] => {
  const { key, held } = read<{ readonly key: string; readonly held: V }>(
    bytes,
    { key: '', held: empty },
    { 1: (r, m) => ({ ...m, key: r.string() }), 2: (r, m) => ({ ...m, held: value(r) }) },
  )
  return [key, held]
}

const datum = (bytes: Uint8Array): Datum =>
  read<Datum>(
    bytes,
    { chunks: [], inputs: {} },
    {
      1: (r, m) => ({ ...m, chunks: [...m.chunks, chunk(r.bytes())] }),
      2: (r, m) => {
        const [name, values] = entry<readonly number[]>(r.bytes(), [], inner => tensor(inner.bytes()))
        return { ...m, inputs: { ...m.inputs, [name]: values } }
      },
    },
  )

const setting = (bytes: Uint8Array): number | string =>
  read<number | string>(bytes, 0, { 1: r => r.double(), 2: r => r.string() })

/**
 * A `ForwardBackwardRequest` of the public protocol (tinker_public.proto, SDK 0.38), as newer official clients send it. Left says what
 * cannot be read. Copies tokens and numbers; pictures stay views of the bytes.
 */
export const trainingRequestFromProto = (bytes: Uint8Array): E.Either<string, TrainingRequest> =>
  E.tryCatch(
    () =>
      read<TrainingRequest>(
        bytes,
        { modelId: '', seqId: 0, data: [], loss: '', config: {}, backward: true },
        {
          1: (r, m) => ({ ...m, modelId: r.string() }),
          2: (r, m) => ({ ...m, seqId: r.int32() }),
          3: (r, m) => ({ ...m, data: [...m.data, datum(r.bytes())] }),
          4: (r, m) => ({ ...m, loss: r.string() }),
          5: (r, m) => {
            const [name, value] = entry(r.bytes(), 0, inner => inner.double())
            return { ...m, config: { ...m.config, [name]: value } }
          },
          6: (r, m) => ({ ...m, backward: !r.bool() }),
          7: (r, m) => {
            const [name, value] = entry<number | string>(r.bytes(), 0, inner => setting(inner.bytes()))
            return { ...m, config: { ...m.config, [name]: value } }
          },
        },
      ),
    error => `is no ForwardBackwardRequest: ${messageOf(error)}`,
  )
