import * as tf from '@tensorflow/tfjs-core'
import { type Packing, packedRows, packingOf, rowsAndColumns } from './packed.ts'
import { unpack } from './unpack.ts'

/** A backend may turn packed numbers into float32 as one kernel of this name: words and the packing's type and columns → [rows, columns]. */
export const widenKernel = 'KinogradWiden'

/** A packed tensor as float32 [rows, columns]: exact, and the caller's to free. Carries no gradient. */
export const widened = (words: tf.Tensor, { type, shape }: Packing): tf.Tensor2D => {
  const [rows, columns] = rowsAndColumns(shape)
  return tf.getKernel(widenKernel, tf.getBackend()) === undefined
    ? tf.tensor2d(unpack(words.dataSync<'int32'>(), type, shape), [rows, columns])
    : tf.engine().runKernel<tf.Tensor2D>(widenKernel, { x: words }, { type, shape: [rows, columns] })
}

/** A tensor's numbers as float32; a tensor that is not packed is given as it is. */
export const asFloats = (x: tf.Tensor): tf.Tensor => {
  const packing = packingOf(x)
  if (packing === undefined) return x
  const flat = widened(x, packing)
  if (packing.shape.length === 2) return flat
  const shaped = tf.reshape(flat, [...packing.shape])
  flat.dispose()
  return shaped
}

/** Rows of a packed tensor at these places, with repeats: index [n] → float32 [n, columns]. */
export const gatherPacked = (x: tf.Tensor, packing: Packing, index: tf.Tensor1D): tf.Tensor2D => {
  const words = tf.gather(x, index)
  const rows = widened(words, { type: packing.type, shape: [index.size, ...packing.shape.slice(1)] })
  words.dispose()
  return rows
}

/** Bytes of float32 that a large packed matrix is turned into at once. */
const pieceBytes = 2 ** 26

/** A packed matrix as float32, some rows at a time: what `use` makes of each piece. The pieces are freed. */
export const inPieces = <A>(x: tf.Tensor, use: (piece: tf.Tensor2D, from: number) => A): readonly A[] => {
  const packing = packingOf(x)!
  const [rows, columns] = rowsAndColumns(packing.shape)
  const most = Math.max(1, Math.floor(pieceBytes / (4 * columns)))
  return Array.from({ length: Math.ceil(rows / most) }, (_, i) => {
    const from = i * most
    const words = packedRows(x, packing, from, Math.min(most, rows - from))
    const piece = widened(words, packingOf(words)!)
    words.dispose()
    const result = use(piece, from)
    piece.dispose()
    return result
  })
}
