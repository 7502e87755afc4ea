import type { Flat } from './flat.ts'
import type { FilledLossOptions } from './options.ts'

/** The KL to the reference of every counted token, and what it adds to the loss and its gradient. */
export interface KlPart {
  readonly loss: number
  /** Per token, as it enters the loss (times the ratio where that was asked for). */
  readonly kl: Float64Array
}

/**
 * k3 estimate of KL(π‖reference) of each token (Schulman): e^x − x − 1 with x = reference − logprob, x bounded where
 * asked. Adds its gradient to `direct` (by log-probability) and to `slopes` (by ratio).
 */
export const addKl = (
  { beta, klBound, klRatio }: FilledLossOptions,
  { sequences, starts, logprobs, reference, counted }: Flat,
  share: Float64Array,
  ratios: Float64Array,
  direct: Float64Array,
  slopes: Float64Array,
): KlPart => {
  const kl = new Float64Array(logprobs.length)
  let loss = 0
  if (beta === 0 || reference === null) return { loss, kl }
  for (let b = 0; b < sequences; b++) {
    const weight = beta * (share[b] as number)
    for (let i = starts[b] as number; i < (starts[b + 1] as number); i++) {
      if (counted[i] === 0) continue
      const x = (reference[i] as number) - (logprobs[i] as number)
      const y = Math.min(Math.max(x, -klBound), klBound)
      const e = Math.exp(y)
      const bare = e - y - 1
      const factor = klRatio ? (ratios[i] as number) : 1
      kl[i] = bare * factor
      loss += weight * bare * factor
      if (x === y) direct[i] = (direct[i] as number) + weight * (1 - e) * factor
      if (klRatio) slopes[i] = (slopes[i] as number) + weight * bare
    }
  }
  return { loss, kl }
}
