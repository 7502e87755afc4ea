import type * as tf from '@tensorflow/tfjs-core'
import type { Affine } from './affine.ts'
import { type Dropout, throughDropout } from './dropout.ts'
import { differentiableProduct } from './products.ts'
import { add } from './unsaved.ts'

/**
 * x·Wᵀ + b over rows: x [rows, in], weight [out, in] as PyTorch stores it, bias [out] or none. An adapter's part is computed beside
 * it, (x·Aᵀ)·Bᵀ, so that no gradient of the size of W is ever made; with `dropout` of what that sees of x.
 */
export const linear = (x: tf.Tensor, [weight, bias, low]: Affine, dropout?: Dropout): tf.Tensor2D => {
  const y = differentiableProduct<tf.Tensor2D>(x, weight, true)
  const biased = bias === undefined ? y : add<tf.Tensor2D>(y, bias)
  if (low === undefined) return biased
  const inner = dropout === undefined ? differentiableProduct(x, low.down, true) : throughDropout(x, low, dropout)
  return add(biased, differentiableProduct(inner, low.up, true))
}
