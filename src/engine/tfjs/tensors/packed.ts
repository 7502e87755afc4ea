import * as tf from '@tensorflow/tfjs-core'
import { uploaded } from './uploaded.ts'

/**
 * How the numbers of a packed tensor are stored: in 16 bits, as files have them, or in 8 with one factor a row. tfjs has no such types:
 * what it holds is a tensor of 32-bit words [rows, words a row].
 */
export type PackedType = 'BF16' | 'F16' | 'I8'

/** What the words of a packed tensor stand for. */
export interface Packing {
  readonly type: PackedType
  readonly shape: readonly number[]
}

/** By the tensors' data, so that a tensor that shares its numbers is packed as well. */
const packings = new WeakMap<tf.DataId, Packing>()

/** What the words stand for; nothing where a tensor is not packed. */
export const packingOf = ({ dataId }: Pick<tf.Tensor, 'dataId'>): Packing | undefined => packings.get(dataId)

const product = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1)

/** Rows of a tensor, and numbers a row: all dimensions but the first are one row. */
export const rowsAndColumns = (shape: readonly number[]): readonly [rows: number, columns: number] => [
  shape[0]!,
  product(shape.slice(1)),
]

/** 32-bit words of a row. The last one of 8-bit numbers is the row's factor, a float32. */
export const wordsOf = (type: PackedType, columns: number): number => (type === 'I8' ? columns / 4 + 1 : columns / 2)

/** Whether tensors of a shape can be packed: matrices and kernels whose rows fill whole words. */
export const isPackable = (type: PackedType, shape: readonly number[]): boolean =>
  shape.length > 1 && shape.every(n => n > 0) && product(shape.slice(1)) % (type === 'I8' ? 4 : 2) === 0

/** A packed tensor of these words; it is the caller's to free. */
export const packed = (words: Int32Array, { type, shape }: Packing): tf.Tensor => {
  const [rows, columns] = rowsAndColumns(shape)
  return asPacked(uploaded(tf.tensor2d(words, [rows, wordsOf(type, columns)], 'int32')), { type, shape })
}

/** Says of a tensor of words what they stand for. */
export const asPacked = <T extends tf.Tensor>(words: T, packing: Packing): T => {
  packings.set(words.dataId, packing)
  return words
}

/** The shape of the numbers that a tensor stands for. */
export const shapeOf = (x: tf.Tensor): readonly number[] => packingOf(x)?.shape ?? x.shape

/** How many numbers a tensor stands for. */
export const countOf = (x: tf.Tensor): number => product(shapeOf(x))

/** Some rows of a packed tensor, packed. */
export const packedRows = (x: tf.Tensor, packing: Packing, from: number, count: number): tf.Tensor => {
  const part = tf.slice(x, [from, 0], [count, -1])
  return asPacked(part, { type: packing.type, shape: [count, ...packing.shape.slice(1)] })
}
