import * as tf from '@tensorflow/tfjs-core'
import { type Affine, isMade, type LowRank } from './affine.ts'
import { product } from './products.ts'
import { concat } from './unsaved.ts'

/** A part of a stack: how many rows it takes, and what is added to them. */
type Part = readonly [rows: number, low: LowRank | undefined]

/**
 * What is added to weights that stand one above the other: the parts' `down` one above the other, their `up` on the diagonal. Nothing
 * where no part has an adapter.
 */
export const stacked = (parts: readonly Part[]): LowRank | undefined => {
  const there = parts.flatMap(([, low]) => (low === undefined ? [] : [low]))
  if (there.length === 0) return undefined
  const rank = there.reduce((sum, { down }) => sum + down.shape[0]!, 0)
  let at = 0
  const bands = parts.map(([rows, low]) => {
    if (low === undefined) return tf.zeros([rows, rank])
    const own = low.down.shape[0]!
    const [before, after] = [at, rank - at - own]
    at += own
    const zeros = (columns: number) => (columns === 0 ? [] : [tf.zeros([rows, columns])])
    return concat([...zeros(before), low.up, ...zeros(after)], 1)
  })
  return {
    down: concat(
      there.map(({ down }) => down),
      0,
    ),
    up: concat(bands, 0),
    parts: there.flatMap(({ parts: own }) => own),
  }
}

/** The same change of rows for `up` as for the weight's rows. */
export const mapRows = (low: LowRank | undefined, change: (rows: tf.Tensor) => tf.Tensor): LowRank | undefined =>
  low === undefined ? undefined : { ...low, up: change(low.up) }

/**
 * A weight with what an adapter adds to it, W + up·down; without an adapter the weight itself. Beside a matrix that is made where it is
 * used the adapter stays apart. Carries no gradient.
 */
export const merged = ([weight, bias, low]: Affine): Affine =>
  low === undefined
    ? [weight, bias]
    : isMade(weight)
      ? [weight, bias, low]
      : [tf.add(weight, product(low.up, low.down)), bias]
