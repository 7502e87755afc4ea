import * as tf from '@tensorflow/tfjs-core'

/** One step of the model: a function of the rows before it and of weights. */
export interface Link {
  /** How the names of the weights begin that it reads, and only it. */
  readonly weights: string
  readonly run: (x: tf.Tensor2D) => tf.Tensor2D
}

/** Runs links one after the other and frees what each leaves behind: without a tape one link's tensors are alive at a time. */
export const through = (links: readonly Link[], start: tf.Tensor2D): tf.Tensor2D =>
  links.reduce((x, { run }) => {
    const y = tf.tidy(() => run(x))
    if (x !== start) x.dispose()
    return y
  }, start)
