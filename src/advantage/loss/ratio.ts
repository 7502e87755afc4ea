import type { Flat } from './flat.ts'

/** Sets the ratios to the old policy, one a token: its own, or that of its sequence, exp of the mean log-ratio. */
export const setRatios = (
  { sequences, starts, lengths, logprobs, old, counted }: Flat,
  level: 'token' | 'sequence',
  ratios: Float64Array,
): void => {
  if (level === 'token') {
    for (let i = 0; i < ratios.length; i++) ratios[i] = Math.exp((logprobs[i] as number) - (old[i] as number))
    return
  }
  for (let b = 0; b < sequences; b++) {
    const [start, end] = [starts[b] as number, starts[b + 1] as number]
    let sum = 0
    for (let i = start; i < end; i++) if (counted[i] === 1) sum += (logprobs[i] as number) - (old[i] as number)
    ratios.fill(Math.exp(sum / Math.max(1, lengths[b] as number)), start, end)
  }
}

/**
 * Adds a gradient by each token's ratio to one by its log-probability. A ratio of a sequence moves with every counted
 * token of it, by its share of the mean.
 */
export const addThroughRatios = (
  { sequences, starts, lengths, counted }: Flat,
  level: 'token' | 'sequence',
  ratios: Float64Array,
  slopes: Float64Array,
  direct: Float64Array,
): void => {
  if (level === 'token') {
    for (let i = 0; i < direct.length; i++)
      direct[i] = (direct[i] as number) + (slopes[i] as number) * (ratios[i] as number)
    return
  }
  for (let b = 0; b < sequences; b++) {
    const [start, end] = [starts[b] as number, starts[b + 1] as number]
    let sum = 0
    for (let i = start; i < end; i++) sum += (slopes[i] as number) * (ratios[i] as number)
    const own = sum / Math.max(1, lengths[b] as number)
    for (let i = start; i < end; i++) if (counted[i] === 1) direct[i] = (direct[i] as number) + own
  }
}

/** 0 for tokens of negative advantage in sequences that drifted beyond the threshold from their sampler, else 1. */
export const offPolicyMask = (
  { sequences, starts, lengths, logprobs, sampling, advantages, counted }: Flat,
  threshold: number,
): Float64Array => {
  const kept = new Float64Array(logprobs.length).fill(1)
  for (let b = 0; b < sequences; b++) {
    const [start, end] = [starts[b] as number, starts[b + 1] as number]
    let drift = 0
    for (let i = start; i < end; i++) if (counted[i] === 1) drift += (sampling[i] as number) - (logprobs[i] as number)
    if (drift / Math.max(1, lengths[b] as number) > threshold)
      for (let i = start; i < end; i++) if ((advantages[i] as number) < 0) kept[i] = 0
  }
  return kept
}
