import type { Parameters } from '../model/parameters.ts'
import { isPackable, type PackedType, packingOf, rowsAndColumns, wordsOf } from '../tensors/packed.ts'
import type { Storage } from './storage-name.ts'

export type FloatType = 'F32' | 'F16' | 'BF16'

/** How a tensor of a file is packed; nothing where it becomes float32. With `exact` only where no number changes by it. */
export interface Packs {
  readonly type: PackedType
  readonly exact?: boolean
}

/** Which packing a tensor gets, by its name, its type in the file, and its shape. */
export type Packer = (name: string, dtype: FloatType, shape: readonly number[]) => Packs | undefined

/** Bytes in which a tensor of this shape is kept. What is packed only where no number changes by it counts as packed. */
export const bytesKept = (shape: readonly number[], packs: Packs | undefined): number => {
  if (packs === undefined) return 4 * shape.reduce((a, b) => a * b, 1)
  const [rows, columns] = rowsAndColumns(shape)
  return 4 * rows * wordsOf(packs.type, columns)
}

const wanted = (storage: Storage, dtype: FloatType): readonly PackedType[] => {
  if (storage === 'float32') return []
  if (storage === 'int8') return ['I8', 'BF16']
  if (storage === 'bfloat16') return ['BF16']
  return dtype === 'F32' ? [] : [dtype]
}

/** The packing that a storage asks for, of all weights but those that are to be float32. */
export const packerFor =
  (storage: Storage, isFloats: (name: string) => boolean = () => false): Packer =>
  (name, dtype, shape) => {
    if (isFloats(name)) return undefined
    const type = wanted(storage, dtype).find(some => isPackable(some, shape))
    return type === undefined ? undefined : { type }
  }

/**
 * How the weights of a file are packed that take the place of these: where these are packed, in 8 bits where they are, as the file has them
 * where that is in 16 bits, and in bfloat16 where that changes no number.
 */
export const repacker =
  (parameters: Parameters): Packer =>
  (name, dtype) => {
    const weight = parameters.get(name)
    const packing = weight && packingOf(weight)
    if (packing === undefined) return undefined
    if (packing.type === 'I8') return { type: 'I8' }
    return dtype === 'F32' ? { type: 'BF16', exact: true } : { type: dtype }
  }
