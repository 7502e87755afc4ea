import * as tf from '@tensorflow/tfjs-core'
import { withGradient } from './own-gradient.ts'

/** Rows of a table, with repeats allowed: table [n, d], index [rows] → [rows, d]. The gradient adds what repeats. */
export const gatherRows = (table: tf.Tensor, index: tf.Tensor1D): tf.Tensor2D => {
  const shape = table.shape
  return withGradient([table], () => ({
    value: tf.gather(table, index) as tf.Tensor2D,
    gradFunc: dy => tf.scatterND(tf.expandDims(index, 1), dy, shape),
  }))
}

/**
 * Rows moved to other places: row j of the result is row `index[j]` of x. `inverse` leads back: row i of x stands at
 * `inverse[i]` of the result. Rows that are repeated as padding must carry no gradient: only the row at `inverse` gives one back.
 */
export const moveRows = (x: tf.Tensor, index: tf.Tensor1D, inverse: tf.Tensor1D): tf.Tensor2D =>
  withGradient([x], () => ({
    value: tf.gather(x, index) as tf.Tensor2D,
    gradFunc: dy => tf.gather(dy, inverse),
  }))
