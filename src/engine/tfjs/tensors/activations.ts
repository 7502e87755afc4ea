import * as tf from '@tensorflow/tfjs-core'

type Save = tf.GradSaveFunc

/**
 * Root-mean-square normalisation over the last axis without its gain: x / √(mean x² + ε). [rows, d] → [rows, d]. The gain is folded
 * into the linear layer that follows (`W·diag(g)`), which saves passes over the rows, forward and backward.
 */
export const rmsNormalise = (x: tf.Tensor, epsilon: number): tf.Tensor2D =>
  tf.customGrad((...args) => {
    const [a, save] = args as [tf.Tensor, Save]
    const scale = tf.rsqrt(tf.add(tf.mean(tf.square(a), -1, true), epsilon))
    const unit = tf.mul(a, scale)
    save([unit, scale])
    return {
      value: unit,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [u, r] = saved as [tf.Tensor, tf.Tensor]
        return tf.mul(r, tf.sub(dy, tf.mul(u, tf.mean(tf.mul(dy, u), -1, true))))
      },
    }
  })(x) as tf.Tensor2D

/** silu(gate) · up, the gated activation of SwiGLU. Both [rows, f]. */
export const swiglu = (gate: tf.Tensor, up: tf.Tensor): tf.Tensor2D =>
  tf.customGrad((...args) => {
    const [g, u, save] = args as [tf.Tensor, tf.Tensor, Save]
    const s = tf.sigmoid(g)
    const silu = tf.mul(g, s)
    save([s, silu, u])
    return {
      value: tf.mul(silu, u),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [sg, sl, w] = saved as [tf.Tensor, tf.Tensor, tf.Tensor]
        // d silu / d g = s + silu·(1 − s) = s + silu − silu·s
        const slope = tf.add(sg, tf.sub(sl, tf.mul(sl, sg)))
        return [tf.mul(tf.mul(dy, w), slope), tf.mul(dy, sl)]
      },
    }
  })(gate, up) as tf.Tensor2D

/** Exact GELU, x·Φ(x), as PyTorch's default. */
export const gelu = (x: tf.Tensor): tf.Tensor2D =>
  tf.customGrad((...args) => {
    const [a, save] = args as [tf.Tensor, Save]
    const phi = tf.mul(0.5, tf.add(1, tf.erf(tf.mul(a, Math.SQRT1_2))))
    save([a, phi])
    return {
      value: tf.mul(a, phi),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [b, p] = saved as [tf.Tensor, tf.Tensor]
        const density = tf.mul(Math.sqrt(0.5 / Math.PI), tf.exp(tf.mul(-0.5, tf.square(b))))
        return tf.mul(dy, tf.add(p, tf.mul(b, density)))
      },
    }
  })(x) as tf.Tensor2D
