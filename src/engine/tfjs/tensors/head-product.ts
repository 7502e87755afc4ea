import * as tf from '@tensorflow/tfjs-core'
import { packingOf } from './packed.ts'
import { product } from './products.ts'
import { inPieces } from './widen.ts'

/** Rows times a table transposed, rows [n, hidden] and table [vocabulary, hidden] → [n, vocabulary]. Of a packed one some rows at a time. */
export const byHead = (rows: tf.Tensor2D, table: tf.Tensor): tf.Tensor2D => {
  if (packingOf(table) === undefined) return product(rows, table, false, true)
  const parts = inPieces(table, piece => product<tf.Tensor2D>(rows, piece, false, true))
  if (parts.length === 1) return parts[0]!
  const whole = tf.concat(parts as tf.Tensor2D[], 1)
  tf.dispose([...parts])
  return whole
}

/** The way back of `byHead`: slopes [n, vocabulary] and table [vocabulary, hidden] → [n, hidden]. */
export const byHeadBack = (slopes: tf.Tensor, table: tf.Tensor): tf.Tensor2D => {
  if (packingOf(table) === undefined) return product(slopes, table)
  return tf.tidy(() =>
    inPieces(table, (piece, from) =>
      product<tf.Tensor2D>(tf.slice(slopes, [0, from], [-1, piece.shape[0]]), piece),
    ).reduce((sum, part) => {
      const next: tf.Tensor2D = tf.add(sum, part)
      tf.dispose([sum, part])
      return next
    }),
  )
}
