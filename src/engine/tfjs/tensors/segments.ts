import * as tf from '@tensorflow/tfjs-core'
import { attend } from './attention.ts'
import { moveRows } from './gather.ts'
import { reshape, scale } from './unsaved.ts'

/**
 * Consecutive runs of rows that attend only within themselves. Runs of one length are a reshape; others are padded to the
 * longest, with a bias that hides the padding.
 */
export interface Segments {
  readonly count: number
  readonly length: number
  readonly padding?: {
    /** For every padded place the row that fills it (padding repeats row 0). [count · length] */
    readonly index: tf.Tensor1D
    /** For every row its padded place. [rows] */
    readonly inverse: tf.Tensor1D
    /** 0 at rows, −1e9 at padding. [count, 1, 1, length] */
    readonly bias: tf.Tensor4D
    /** 1 at rows, 0 at padding. [count · length, 1] */
    readonly mask: tf.Tensor2D
  }
}

/** Segments from their lengths. Owns tensors when the lengths differ: free with `disposeSegments`. */
export const segments = (lengths: readonly number[]): Segments => {
  const length = Math.max(...lengths)
  if (lengths.every(n => n === length)) return { count: lengths.length, length }
  const rows = lengths.reduce((a, b) => a + b, 0)
  const index = new Int32Array(lengths.length * length)
  const inverse = new Int32Array(rows)
  const bias = new Float32Array(lengths.length * length).fill(-1e9)
  let row = 0
  lengths.forEach((n, s) => {
    for (let i = 0; i < n; i++, row++) {
      const place = s * length + i
      index[place] = row
      inverse[row] = place
      bias[place] = 0
    }
  })
  return {
    count: lengths.length,
    length,
    padding: {
      index: tf.tensor1d(index, 'int32'),
      inverse: tf.tensor1d(inverse, 'int32'),
      bias: tf.tensor4d(bias, [lengths.length, 1, 1, length]),
      mask: tf.tensor2d(
        bias.map(b => (b === 0 ? 1 : 0)),
        [lengths.length * length, 1],
      ),
    },
  }
}

export const disposeSegments = ({ padding }: Segments): void => {
  if (padding !== undefined) tf.dispose([padding.index, padding.inverse, padding.bias, padding.mask])
}

/** Attention within segments, no mask but the padding's; queries come scaled. q, k, v [rows, heads, headDim] → [rows, heads · headDim]. */
export const segmentAttention = (
  q: tf.Tensor3D,
  k: tf.Tensor3D,
  v: tf.Tensor3D,
  { count, length, padding }: Segments,
): tf.Tensor2D => {
  const [rows, heads, headDim] = q.shape
  const width = heads * headDim
  const split = (x: tf.Tensor3D): tf.Tensor => {
    const flat = reshape(x, [rows, width])
    const placed = padding === undefined ? flat : moveRows(flat, padding.index, padding.inverse)
    return tf.transpose(reshape(placed, [count, length, heads, headDim]), [0, 2, 1, 3])
  }
  const byHead = (x: tf.Tensor3D): tf.Tensor3D => reshape(split(x), [count * heads, length, headDim])
  const attended = { keys: [byHead(k)], values: [byHead(v)], rows: [count, heads, length], bias: padding?.bias }
  const mixed: tf.Tensor2D = reshape(tf.transpose(attend(split(q), attended), [0, 2, 1, 3]), [count * length, width])
  return padding === undefined ? mixed : moveRows(scale(mixed, padding.mask), padding.inverse, padding.index)
}
