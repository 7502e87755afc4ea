import type { Flat } from './flat.ts'

/** Sets the ratios to the old policy, one a token: its own, or that of its sequence, exp of the mean log-ratio. */
export const setRatios = (
  { sequences, starts, lengths, logprobs, old, counted }: Flat,
  level: 'token' | 'sequence',
  ratios: Float64Array,
): void => {
  if (level === 'token') {
    for (let i = 0; i < ratios.length; i++) ratios[i] = Math.exp(logprobs[i]! - old[i]!)
    return
  }
  for (let b = 0; b < sequences; b++) {
    const [start, end] = [starts[b]!, starts[b + 1]!]
    let sum = 0
    for (let i = start; i < end; i++) if (counted[i] === 1) sum += logprobs[i]! - old[i]!
    ratios.fill(Math.exp(sum / Math.max(1, lengths[b]!)), start, end)
  }
}

/**
 * Adds a gradient by each token's ratio to one by its log-probability. A ratio of a sequence moves with every counted
 * token of it, by its share of the mean. A slope of 0 adds nothing, also where the ratio is infinite.
 */
export const addThroughRatios = (
  { sequences, starts, lengths, counted }: Flat,
  level: 'token' | 'sequence',
  ratios: Float64Array,
  slopes: Float64Array,
  direct: Float64Array,
): void => {
  if (level === 'token') {
    for (let i = 0; i < direct.length; i++) if (slopes[i] !== 0) direct[i] = direct[i]! + slopes[i]! * ratios[i]!
    return
  }
  for (let b = 0; b < sequences; b++) {
    const [start, end] = [starts[b]!, starts[b + 1]!]
    let sum = 0
    for (let i = start; i < end; i++) if (slopes[i] !== 0) sum += slopes[i]! * ratios[i]!
    const own = sum / Math.max(1, lengths[b]!)
    for (let i = start; i < end; i++) if (counted[i] === 1) direct[i] = direct[i]! + own
  }
}

/**
 * 0 for tokens of negative advantage in sequences that drifted beyond the threshold from their sampler, else 1
 * (DeepSeek-V3.2; TRL's `get_off_policy_mask`). A token that the sampler gave no log-probability for has the current one
 * here: it adds no drift, and stays in the number that the mean is over.
 */
export const offPolicyMask = (
  { sequences, starts, lengths, logprobs, sampling, advantages, counted }: Flat,
  threshold: number,
): Float64Array => {
  const kept = new Float64Array(logprobs.length).fill(1)
  for (let b = 0; b < sequences; b++) {
    const [start, end] = [starts[b]!, starts[b + 1]!]
    let drift = 0
    for (let i = start; i < end; i++) if (counted[i] === 1) drift += sampling[i]! - logprobs[i]!
    if (drift / Math.max(1, lengths[b]!) > threshold)
      for (let i = start; i < end; i++) if (advantages[i]! < 0) kept[i] = 0
  }
  return kept
}
