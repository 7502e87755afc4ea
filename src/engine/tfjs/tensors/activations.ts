import * as tf from '@tensorflow/tfjs-core'
import { withGradient } from './own-gradient.ts'

/**
 * Root-mean-square normalisation over the last axis without its gain: x / √(mean x² + ε) (Zhang and Sennrich 2019, arXiv 1910.07467,
 * equation 4). [rows, d] → [rows, d]. The gain is folded into the linear layer that follows (`W·diag(g)`), which saves passes over
 * the rows, forward and backward.
 */
export const rmsNormalise = (x: tf.Tensor, epsilon: number): tf.Tensor2D =>
  withGradient([x], save => {
    const scale = tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), epsilon))
    const unit: tf.Tensor2D = tf.mul(x, scale)
    save([unit, scale])
    return {
      value: unit,
      gradFunc: (dy, [u, r]) => tf.mul(r!, tf.sub(dy, tf.mul(u!, tf.mean(tf.mul(dy, u!), -1, true)))),
    }
  })

/** silu(gate) · up, the gated activation of SwiGLU (Shazeer 2020, arXiv 2002.05202, equation 6). Both [rows, f]. */
export const swiglu = (gate: tf.Tensor, up: tf.Tensor): tf.Tensor2D =>
  withGradient([gate, up], save => {
    const s = tf.sigmoid(gate)
    const silu = tf.mul(gate, s)
    save([s, silu, up])
    return {
      value: tf.mul(silu, up),
      gradFunc: (dy, [sigmoid, activation, factor]) => {
        // d silu / d g = s + silu·(1 − s) = s + silu − silu·s
        const slope = tf.add(sigmoid!, tf.sub(activation!, tf.mul(activation!, sigmoid!)))
        return [tf.mul(tf.mul(dy, factor!), slope), tf.mul(dy, activation!)]
      },
    }
  })

/** Exact GELU, x·Φ(x), as PyTorch's default (Hendrycks and Gimpel 2016, arXiv 1606.08415). */
export const gelu = (x: tf.Tensor): tf.Tensor2D =>
  withGradient([x], save => {
    const phi = tf.mul(0.5, tf.add(1, tf.erf(tf.mul(x, Math.SQRT1_2))))
    save([x, phi])
    return {
      value: tf.mul(x, phi),
      gradFunc: (dy, [b, p]) => {
        const density = tf.mul(Math.sqrt(0.5 / Math.PI), tf.exp(tf.mul(-0.5, tf.square(b!))))
        return tf.mul(dy, tf.add(p!, tf.mul(b!, density)))
      },
    }
  })
