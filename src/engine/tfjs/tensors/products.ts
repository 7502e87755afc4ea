import * as tf from '@tensorflow/tfjs-core'
import { lazyGrad } from './lazy-gradient.ts'

/**
 * Matrix product of [..., m, k] and [..., k, n], either side transposed on request.
 * WASM's product with transposed operands is about 5 times slower than transposing first, so there it transposes first.
 */
export const product = <T extends tf.Tensor>(a: tf.Tensor, b: tf.Tensor, transposeA = false, transposeB = false): T => {
  if (tf.getBackend() !== 'wasm') return tf.matMul(a, b, transposeA, transposeB)
  const flip = (x: tf.Tensor): tf.Tensor => {
    const axes = x.shape.map((_, i) => i)
    const [last, previous] = [axes.length - 1, axes.length - 2]
    return tf.transpose(x, [...axes.slice(0, -2), last, previous])
  }
  return tf.matMul(transposeA ? flip(a) : a, transposeB ? flip(b) : b)
}

/** `product` with a gradient that is made of products of the same kind: d a = dy·bᵀ, d b = aᵀ·dy. */
export const differentiableProduct = <T extends tf.Tensor>(a: tf.Tensor, b: tf.Tensor, transposeB = false): T =>
  lazyGrad([a, b], save => {
    save([a, b])
    return {
      value: product(a, b, false, transposeB),
      gradients: (dy, saved) => {
        const [u, v] = [saved[0]!, saved[1]!]
        return transposeB
          ? [() => product(dy, v), () => product(dy, u, true, false)]
          : [() => product(dy, v, false, true), () => product(u, dy, true, false)]
      },
    }
  })
