import type * as tf from '@tensorflow/tfjs-core'

/** What an adapter adds to a weight [out, in]: up·down, with the adapter's scale in `up` (Hu et al. 2021, equation 3). */
export interface LowRank {
  /** A of the paper. [rank, in] */
  readonly down: tf.Tensor
  /** B of the paper, scaled. [out, rank] */
  readonly up: tf.Tensor
  /** The modules whose adapters stand one above the other in `down`, and how many of its rows each has. */
  readonly parts: readonly { readonly module: string; readonly rank: number }[]
}

/**
 * A constant matrix that stands in memory only while it is used: whoever needs it makes it and frees it. What it is made of must live
 * as long as itself. No gradient reaches that.
 */
export interface Made {
  readonly shape: readonly [out: number, columns: number]
  readonly make: () => tf.Tensor
}

/** A weight's numbers, or what makes them. */
export type Matrix = tf.Tensor | Made

export const isMade = (matrix: Matrix): matrix is Made => 'make' in matrix

/** A weight [out, in], its bias [out] when it has one, and what an adapter adds to the weight. */
export type Affine = readonly [weight: Matrix, bias: tf.Tensor | undefined, low?: LowRank | undefined]
