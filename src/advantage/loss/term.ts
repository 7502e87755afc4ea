/** How one token's policy loss depends on its ratio and on its own log-probability. */
export interface Term {
  readonly loss: number
  /** d loss / d ratio */
  readonly byRatio: number
  /** d loss / d logprob other than through the ratio */
  readonly direct: number
}

export interface Clip {
  /** ε below 1. */
  readonly low: number
  /** ε above 1. For CISPO the bound itself. */
  readonly high: number
  /** Upper bound of the unclipped ratio (two-sided clipping), or null. */
  readonly delta: number | null
}

/** −min(min(w, δ)·A, clamp(w, 1−ε, 1+ε)·A): equation 2 of the paper, with TRL's δ. Ties share the gradient, as in torch. */
export const clipped = (ratio: number, advantage: number, { low, high, delta }: Clip): Term => {
  const free = delta !== null && ratio > delta ? delta : ratio
  const bounded = Math.min(Math.max(ratio, 1 - low), 1 + high)
  const first = free * advantage
  const second = bounded * advantage
  const freeSlope = free === ratio ? 1 : 0
  const boundedSlope = bounded === ratio ? 1 : 0
  const slope = first < second ? freeSlope : first > second ? boundedSlope : (freeSlope + boundedSlope) / 2
  return { loss: -Math.min(first, second), byRatio: -advantage * slope, direct: 0 }
}

/** CISPO (arXiv 2506.13585): −min(w, bound)·A·logprob, the clipped ratio a constant. */
export const cispo = (ratio: number, advantage: number, logprob: number, { high }: Clip): Term => {
  const weight = Math.min(ratio, high)
  return { loss: -weight * advantage * logprob, byRatio: 0, direct: -weight * advantage }
}

/** SAPO (arXiv 2511.20347): a sigmoid gate in place of the clip, −σ(τ(w−1))·4/τ·A. */
export const sapo = (ratio: number, advantage: number, temperature: number): Term => {
  const gate = 1 / (1 + Math.exp(-temperature * (ratio - 1)))
  return { loss: (-gate * 4 * advantage) / temperature, byRatio: -4 * gate * (1 - gate) * advantage, direct: 0 }
}
