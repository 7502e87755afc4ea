import * as tf from '@tensorflow/tfjs-core'
import { isMade, type Made, type Matrix } from './affine.ts'
import { packingOf, rowsAndColumns } from './packed.ts'
import { concat } from './unsaved.ts'
import { asFloats } from './widen.ts'

/** Makes a matrix, uses it, and frees it. A tensor is used as it is. */
export const using = <A>(matrix: Matrix, use: (tensor: tf.Tensor) => A): A => {
  if (!isMade(matrix)) return use(matrix)
  const tensor = matrix.make()
  const result = use(tensor)
  tensor.dispose()
  return result
}

/** A change of a matrix's numbers, made with it where it is made. The change must keep the shape, and make a new tensor. */
export const mapped = (matrix: Matrix, change: (tensor: tf.Tensor) => tf.Tensor): Matrix =>
  isMade(matrix) ? { shape: matrix.shape, make: () => using(matrix, change) } : change(matrix)

/** Matrices one above the other; made where one of them is. */
export const above = (matrices: readonly Matrix[]): Matrix => {
  const tensors = matrices.flatMap(matrix => (isMade(matrix) ? [] : [matrix]))
  if (tensors.length === matrices.length) return concat(tensors, 0)
  const make = (): tf.Tensor => {
    const parts = matrices.map(matrix => (isMade(matrix) ? matrix.make() : matrix))
    const whole = tf.concat(parts, 0)
    parts.forEach((part, i) => {
      if (isMade(matrices[i]!)) part.dispose()
    })
    return whole
  }
  const rows = matrices.reduce((sum, { shape }) => sum + shape[0]!, 0)
  return { shape: [rows, matrices[0]!.shape[1]!], make }
}

/** A packed weight as a matrix that is made of it; nothing where it is not packed. */
export const madeOf = (weight: tf.Tensor): Made | undefined => {
  const packing = packingOf(weight)
  if (packing === undefined) return undefined
  const [rows, columns] = rowsAndColumns(packing.shape)
  return {
    shape: [rows, columns],
    make: () => {
      const floats = asFloats(weight)
      if (floats.rank === 2) return floats
      const flat = tf.reshape(floats, [rows, columns])
      floats.dispose()
      return flat
    },
  }
}
