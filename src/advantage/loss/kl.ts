import type { Flat } from './flat.ts'
import type { FilledLossOptions } from './options.ts'

/** What the KL reads and adds to; one number a token. */
interface KlArrays {
  readonly ratios: Float64Array
  /** Receives d loss / d ratio. */
  readonly slopes: Float64Array
  /** Receives d loss / d logprob other than through the ratio. */
  readonly direct: Float64Array
  /** Receives the KL as it enters the loss (times the ratio where that was asked for). */
  readonly kl: Float64Array
}

/**
 * Adds up the k3 estimate of KL(π‖reference) of the counted tokens (equation 4 of arXiv 2402.03300): e^x − x − 1 with
 * x = reference − logprob, x bounded where asked. Gives what it adds to the loss; `share` is one number a sequence.
 */
export const addKl = (
  { beta, klBound, klRatio }: FilledLossOptions,
  { sequences, starts, logprobs, reference, counted }: Flat,
  share: Float64Array,
  { ratios, slopes, direct, kl }: KlArrays,
): number => {
  if (beta === 0 || reference === null) return 0
  let loss = 0
  for (let b = 0; b < sequences; b++) {
    const weight = beta * share[b]!
    let sum = 0
    for (let i = starts[b]!; i < starts[b + 1]!; i++) {
      if (counted[i] === 0) continue
      const x = reference[i]! - logprobs[i]!
      const y = Math.min(Math.max(x, -klBound), klBound)
      const e = Math.exp(y)
      const bare = e - y - 1
      // Equal log-probabilities add nothing, also where the ratio is infinite.
      const factor = klRatio && y !== 0 ? ratios[i]! : 1
      kl[i] = bare * factor
      sum += bare * factor
      if (x === y) direct[i] = direct[i]! + weight * (1 - e) * factor
      if (klRatio) slopes[i] = slopes[i]! + weight * bare
    }
    loss += weight * sum
  }
  return loss
}
