import * as tf from '@tensorflow/tfjs-core'
import { either as E } from 'fp-ts'
import { packed, rowsAndColumns, wordsOf } from '../tensors/packed.ts'
import { notFinite, packBrain, packBytes, unpack } from '../tensors/unpack.ts'
import { uploaded } from '../tensors/uploaded.ts'
import { bytesOf, decodeInto, dtypeBytes, floatRoom, wordRoom } from './safetensors/dtype.ts'
import type { Readable } from './safetensors/file.ts'
import type { FloatType, Packs } from './storage.ts'

/** Where so many packed words will stay. */
export type RoomFor = (words: number) => Int32Array

type Taken<A> = Promise<E.Either<string, A>>

const wrong = (name: string, at: number, value: number): E.Either<string, never> =>
  E.left(`${name}[${at}] is ${value}, no finite number`)

/** The first number that is infinite or none; −1 where all are finite. */
const unfit = (values: Float32Array): number => {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i]!)) return i
  return -1
}

/** Words as they stand in the file: read where they will stay. */
const asStored = async (
  { entry: { name, shape }, fill }: Readable,
  type: 'BF16' | 'F16',
  roomFor: RoomFor,
): Taken<tf.Tensor> => {
  const [rows, columns] = rowsAndColumns(shape)
  const words = roomFor(rows * wordsOf(type, columns))
  const filled = await fill(bytesOf(words), 0)
  if (E.isLeft(filled)) return filled
  const at = notFinite(words, type)
  if (at < 0) return E.right(packed(words, { type, shape }))
  return wrong(name, at, unpack(words.subarray(at >> 1, (at >> 1) + 1), type, [1, 2])[at & 1]!)
}

/** Numbers that are turned into others at once. */
const pieceNumbers = 2 ** 22

/** All numbers as float32, some rows at a time. `use` says whether it takes them. */
const byRows = async (
  { entry: { name, shape, dtype }, fill }: Readable,
  use: (values: Float32Array, row: number) => boolean,
): Taken<boolean> => {
  const [rows, columns] = rowsAndColumns(shape)
  const most = Math.max(1, Math.floor(pieceNumbers / columns))
  const values = new Float32Array(Math.min(most, rows) * columns)
  const bytes = dtype === 'F32' ? bytesOf(values) : new Uint8Array(values.length * dtypeBytes[dtype])
  for (let row = 0; row < rows; row += most) {
    const count = Math.min(most, rows - row) * columns
    const part = bytes.subarray(0, count * dtypeBytes[dtype])
    const filled = await fill(part, row * columns * dtypeBytes[dtype])
    if (E.isLeft(filled)) return filled
    if (dtype !== 'F32') decodeInto(dtype, part, values, 0)
    const taken = values.subarray(0, count)
    const at = unfit(taken)
    if (at >= 0) return wrong(name, row * columns + at, taken[at]!)
    if (!use(taken, row)) return E.right(false)
  }
  return E.right(true)
}

const isSame = (words: Int32Array, values: Float32Array): boolean => {
  const bits = new Int32Array(values.buffer, values.byteOffset, values.length)
  return words.every((word, i) => word << 16 === bits[2 * i] && (word & -65536) === bits[2 * i + 1])
}

/** Numbers packed on the way in; nothing where they would not stay what they are and must. */
const repacked = async (
  tensor: Readable,
  { type, exact = false }: Packs,
  roomFor: RoomFor,
): Taken<tf.Tensor | undefined> => {
  const { shape } = tensor.entry
  const [rows, columns] = rowsAndColumns(shape)
  const stride = wordsOf(type, columns)
  const words = roomFor(rows * stride)
  const taken = await byRows(tensor, (values, row) => {
    const part = type === 'I8' ? packBytes(values, columns) : packBrain(values)
    words.set(part, row * stride)
    return !exact || type === 'I8' || isSame(part, values)
  })
  return E.map((whole: boolean) => (whole ? packed(words, { type, shape }) : undefined))(taken)
}

/** Float32, read where it will stay. */
const asFloat32 = async ({ entry: { name, shape, dtype }, read, fill }: Readable): Taken<tf.Tensor> => {
  const made = (values: Float32Array): E.Either<string, tf.Tensor> => {
    const at = unfit(values)
    return at < 0 ? E.right(uploaded(tf.tensor(values, [...shape], 'float32'))) : wrong(name, at, values[at]!)
  }
  if (dtype !== 'F32') return E.flatMap(await read(), ({ data }) => made(data as Float32Array))
  const values = floatRoom(shape.reduce((a, b) => a * b, 1))
  return E.flatMap(await fill(bytesOf(values), 0), () => made(values))
}

/**
 * A tensor of a file on the selected backend, packed or as float32; the caller's to free. It passes through memory once: plain and
 * packed numbers are read where the backend takes them, others through 16 MiB. `Left` names a number that is not finite.
 */
export const takeTensor = async (
  tensor: Readable,
  packs: Packs | undefined,
  roomFor: RoomFor = wordRoom,
): Taken<tf.Tensor> => {
  const dtype = tensor.entry.dtype as FloatType
  if (packs === undefined) return asFloat32(tensor)
  if (packs.type !== 'I8' && packs.type === dtype) return asStored(tensor, packs.type, roomFor)
  if (packs.type === 'F16') return asFloat32(tensor)
  const taken = await repacked(tensor, packs, roomFor)
  return E.isLeft(taken) ? taken : taken.right === undefined ? asFloat32(tensor) : E.right(taken.right)
}
