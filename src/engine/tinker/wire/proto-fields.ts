import { BinaryReader } from '@bufbuild/protobuf/wire'

/** What a message's field does to what was read so far; a field without an entry is passed over. */
type Fields<A> = Readonly<Record<number, (reader: BinaryReader, message: A) => A>>

/** A message, field by field from an empty one. */
export const read = <A>(bytes: Uint8Array, empty: A, fields: Fields<A>): A => {
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

/** Numbers of 32 bits, the lowest byte first. */
export const int32s = (bytes: Uint8Array): readonly number[] => {
  const from = view(bytes)
  return Array.from({ length: bytes.length / 4 }, (_, i) => from.getInt32(4 * i, true))
}

/** DType of the protocol: how many bytes a number has, and how it is read. */
const numberKinds: Readonly<Record<number, readonly [bytes: number, (from: DataView, at: number) => number]>> = {
  1: [4, (from, at) => from.getFloat32(at, true)],
  2: [8, (from, at) => Number(from.getBigInt64(at, true))],
  3: [4, (from, at) => from.getInt32(at, true)],
}

/** The numbers of a tensor's bytes. Throws where their kind is not known, or the last is cut off. */
export const numbersOf = (bytes: Uint8Array, kind: number): readonly number[] => {
  const how = numberKinds[kind]
  if (how === undefined) throw new Error(`a tensor of kind ${kind} is not taken`)
  if (bytes.length % how[0] !== 0) throw new Error(`${bytes.length} bytes are no numbers of ${how[0]} bytes`)
  const from = view(bytes)
  return Array.from({ length: bytes.length / how[0] }, (_, i) => how[1](from, i * how[0]))
}

/** An entry of a map from text. */
export const entry = <V>(bytes: Uint8Array, empty: V, value: (reader: BinaryReader) => V): readonly [string, V] => {
  const { key, held } = read<{ readonly key: string; readonly held: V }>(
    bytes,
    { key: '', held: empty },
    { 1: (r, m) => ({ ...m, key: r.string() }), 2: (r, m) => ({ ...m, held: value(r) }) },
  )
  return [key, held]
}
