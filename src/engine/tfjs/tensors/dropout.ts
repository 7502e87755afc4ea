import * as tf from '@tensorflow/tfjs-core'
import type { LowRank } from './affine.ts'
import { differentiableProduct } from './products.ts'
import { mixSeed } from './random.ts'
import { concat, halves, scale } from './unsaved.ts'

/** Which inputs adapters do not see in a pass: `rate` of them, others for every seed and module, and the same when it is run again. */
export interface Dropout {
  /** In [0, 1). */
  readonly rate: number
  readonly seed: number
}

const codesOf = (name: string): readonly number[] => Array.from(name, character => character.charCodeAt(0))

/** 0 for what is not seen, 1 / (1 − rate) for the rest (Srivastava et al. 2014, inverted), of numbers from xorshift32 (Marsaglia 2003). */
const maskOf = (size: number, { rate, seed }: Dropout, module: string): Float32Array => {
  const mask = new Float32Array(size)
  const [limit, kept] = [rate * 2 ** 32, 1 / (1 - rate)]
  let state = mixSeed(seed, ...codesOf(module)) || 1
  for (let i = 0; i < size; i++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    mask[i] = state >>> 0 < limit ? 0 : kept
  }
  return mask
}

/** What a module's adapter sees of rows [rows, in]. Memory: a number a number, until the way back. */
const seen = (x: tf.Tensor, dropout: Dropout, module: string): tf.Tensor =>
  scale(x, tf.tensor(maskOf(x.size, dropout, module), x.shape))

/**
 * x·Aᵀ of each of the adapters that stand one above the other, each of what it sees of x. [rows, in] → [rows, all ranks]. Norms' gains
 * in A make no difference: they scale what is seen and what is not alike.
 */
export const throughDropout = (x: tf.Tensor, { down, parts }: LowRank, dropout: Dropout): tf.Tensor => {
  const columns: tf.Tensor[] = []
  let rest = down
  for (const [i, { module, rank }] of parts.entries()) {
    const left = rest.shape[0]! - rank
    const [own, after] = left === 0 || i === parts.length - 1 ? [rest, rest] : halves(rest, [rank, left], 0)
    columns.push(differentiableProduct(seen(x, dropout, module), own, true))
    rest = after
  }
  return columns.length === 1 ? columns[0]! : concat(columns, 1)
}
