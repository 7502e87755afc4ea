import * as tf from '@tensorflow/tfjs-core'
import { product } from './products.ts'

/** log softmax over the last axis of [rows, n], stable. */
const logSoftmax = (logits: tf.Tensor): tf.Tensor => {
  const shifted = tf.sub(logits, tf.max(logits, -1, true))
  return tf.sub(shifted, tf.log(tf.sum(tf.exp(shifted), -1, true)))
}

/**
 * log π(target) of every row: hidden [rows, d], head [vocabulary, d], targets [rows] → [rows]. Holds one [rows, vocabulary]
 * matrix until the gradient is taken; only rows that predict a completion's token should be given.
 */
export const tokenLogprobs = (hidden: tf.Tensor2D, head: tf.Tensor, targets: Int32Array): tf.Tensor1D => {
  const pairs = new Int32Array(targets.length * 2)
  for (let i = 0; i < targets.length; i++) {
    pairs[2 * i] = i
    pairs[2 * i + 1] = targets[i] as number
  }
  return tf.customGrad((...args) => {
    const [h, w, save] = args as [tf.Tensor, tf.Tensor, tf.GradSaveFunc]
    const logprobs = logSoftmax(product(h, w, false, true))
    save([h, w, logprobs])
    return {
      value: tf.gatherND(logprobs, tf.tensor2d(pairs, [targets.length, 2], 'int32')),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [x, m, lp] = saved as [tf.Tensor, tf.Tensor, tf.Tensor]
        const hit = tf.oneHot(tf.tensor1d(targets, 'int32'), m.shape[0] as number)
        const slope = tf.mul(tf.sub(hit, tf.exp(lp)), tf.expandDims(dy, 1))
        return [product(slope, m), product(slope, x, true, false)]
      },
    }
  })(hidden, head) as tf.Tensor1D
}
