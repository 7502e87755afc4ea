import type * as tf from '@tensorflow/tfjs-core'
import { type Affine, isMade, type Made } from './affine.ts'
import { type Dropout, throughDropout } from './dropout.ts'
import { lazyGrad } from './lazy-gradient.ts'
import { using } from './matrix.ts'
import { differentiableProduct, product } from './products.ts'
import { add } from './unsaved.ts'

/** x·Wᵀ with a constant that stands in memory while it is multiplied, and is made again on the way back. */
const constantProduct = (x: tf.Tensor, weight: Made): tf.Tensor2D =>
  lazyGrad([x], () => ({
    value: using(weight, w => product<tf.Tensor2D>(x, w, false, true)),
    gradients: dy => [() => using(weight, w => product(dy, w))],
  }))

/**
 * x·Wᵀ + b over rows: x [rows, in], weight [out, in] as PyTorch stores it, bias [out] or none. An adapter's part is computed beside
 * it, (x·Aᵀ)·Bᵀ, so that no gradient of the size of W is ever made; with `dropout` of what that sees of x.
 */
export const linear = (x: tf.Tensor, [weight, bias, low]: Affine, dropout?: Dropout): tf.Tensor2D => {
  const y = isMade(weight) ? constantProduct(x, weight) : differentiableProduct<tf.Tensor2D>(x, weight, true)
  const biased = bias === undefined ? y : add<tf.Tensor2D>(y, bias)
  if (low === undefined) return biased
  const inner = dropout === undefined ? differentiableProduct(x, low.down, true) : throughDropout(x, low, dropout)
  return add(biased, differentiableProduct(inner, low.up, true))
}
