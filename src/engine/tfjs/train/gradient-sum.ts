import * as tf from '@tensorflow/tfjs-core'

/** A sum of gradients in pieces, which it owns. Memory: while one is added, both, and one piece more. */
export interface GradientSum {
  readonly value: () => readonly tf.Tensor1D[] | undefined
  /** Its Euclidean norm, where that is known: of one gradient alone, which came with it. */
  readonly norm: () => number | undefined
  /** Takes a gradient over; its pieces go one by one. */
  readonly add: (gradient: readonly tf.Tensor1D[], norm?: number) => void
  readonly clear: () => void
}

export const gradientSum = (): GradientSum => {
  let sum: tf.Tensor1D[] | undefined
  let known: number | undefined
  return {
    value: () => sum,
    norm: () => known,
    add: (gradient, norm) => {
      const before = sum
      known = before === undefined ? norm : undefined
      if (before === undefined) {
        sum = [...gradient]
        return
      }
      for (const [i, part] of gradient.entries()) {
        const old = before[i]!
        before[i] = tf.add(old, part)
        tf.dispose([old, part])
      }
    },
    clear: () => {
      tf.dispose(sum ?? [])
      sum = undefined
    },
  }
}
