import * as tf from '@tensorflow/tfjs-core'

/**
 * Matrix product of [..., m, k] and [..., k, n], either side transposed on request.
 * WASM's product with transposed operands is about 5 times slower than transposing first, so there it transposes first.
 */
export const product = (a: tf.Tensor, b: tf.Tensor, transposeA = false, transposeB = false): tf.Tensor => {
  if (tf.getBackend() !== 'wasm') return tf.matMul(a, b, transposeA, transposeB)
  const flip = (x: tf.Tensor): tf.Tensor => {
    const axes = x.shape.map((_, i) => i)
    const [last, previous] = [axes.length - 1, axes.length - 2]
    return tf.transpose(x, [...axes.slice(0, -2), last, previous])
  }
  return tf.matMul(transposeA ? flip(a) : a, transposeB ? flip(b) : b)
}

/** `product` with a gradient that is made of products of the same kind: d a = dy·bᵀ, d b = aᵀ·dy. */
export const differentiableProduct = (a: tf.Tensor, b: tf.Tensor, transposeB = false): tf.Tensor =>
  tf.customGrad((...args) => {
    const [x, y, save] = args as [tf.Tensor, tf.Tensor, tf.GradSaveFunc]
    save([x, y])
    return {
      value: product(x, y, false, transposeB),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [u, v] = saved as [tf.Tensor, tf.Tensor]
        return transposeB
          ? [product(dy, v), product(dy, u, true, false)]
          : [product(dy, v, false, true), product(u, dy, true, false)]
      },
    }
  })(a, b)

/** x·Wᵀ + b over rows: x [rows, in], weight [out, in] as PyTorch stores it, bias [out] or none. */
export const linear = (x: tf.Tensor, weight: tf.Tensor, bias?: tf.Tensor): tf.Tensor2D => {
  const y = differentiableProduct(x, weight, true)
  return (bias === undefined ? y : addBias(y, bias)) as tf.Tensor2D
}

const addBias = (x: tf.Tensor, bias: tf.Tensor): tf.Tensor =>
  tf.customGrad((...args) => {
    const [a, b] = args as [tf.Tensor, tf.Tensor]
    return { value: tf.add(a, b), gradFunc: (dy: tf.Tensor) => [dy, tf.sum(dy, 0)] }
  })(x, bias)
