import type { Flat } from './flat.ts'
import type { FilledLossOptions } from './options.ts'

/** What a kind of loss adds up over the tokens of a batch; every array has one number a token. */
export interface Terms {
  /** What the token's loss is multiplied with; 0 where it does not count. */
  readonly weight: Float64Array
  readonly ratios: Float64Array
  /** Receives d loss / d ratio. */
  readonly slopes: Float64Array
  /** Receives d loss / d logprob other than through the ratio. */
  readonly direct: Float64Array
}

/** A token without an advantage adds nothing, also where its ratio is infinite; a ratio of NaN stays to be seen. */
const addsNothing = (advantage: number, ratio: number): boolean => advantage === 0 && !Number.isNaN(ratio)

/** −min(min(w, δ)·A, clamp(w, 1−ε, 1+ε)·A): equation 2 of VideoP2R, with TRL's δ. Ties share the gradient, as in torch. */
const clipped = (
  { epsilonLow, epsilonHigh, delta }: FilledLossOptions,
  { advantages }: Flat,
  { weight, ratios, slopes }: Terms,
): number => {
  const [least, most, cap] = [1 - epsilonLow, 1 + epsilonHigh, delta ?? Number.POSITIVE_INFINITY]
  let loss = 0
  for (let i = 0; i < ratios.length; i++) {
    const share = weight[i]!
    if (share === 0) continue
    const ratio = ratios[i]!
    const advantage = advantages[i]!
    if (ratio >= least && ratio <= most && ratio <= cap) {
      loss -= share * ratio * advantage
      slopes[i] = -share * advantage
      continue
    }
    if (addsNothing(advantage, ratio)) continue
    const free = Math.min(ratio, cap)
    const bounded = Math.min(Math.max(ratio, least), most)
    const first = free * advantage
    const second = bounded * advantage
    const freeSlope = free === ratio ? 1 : 0
    const boundedSlope = bounded === ratio ? 1 : 0
    const slope = first < second ? freeSlope : first > second ? boundedSlope : (freeSlope + boundedSlope) / 2
    loss -= share * Math.min(first, second)
    slopes[i] = -share * advantage * slope
  }
  return loss
}

/** CISPO (arXiv 2506.13585): −min(w, bound)·A·logprob, the clipped ratio a constant. */
const cispo = (
  { epsilonHigh }: FilledLossOptions,
  { advantages, logprobs }: Flat,
  { weight, ratios, direct }: Terms,
): number => {
  let loss = 0
  for (let i = 0; i < ratios.length; i++) {
    const share = weight[i]!
    if (share === 0) continue
    const ratio = ratios[i]!
    const advantage = advantages[i]!
    if (addsNothing(advantage, ratio)) continue
    const pull = -share * Math.min(ratio, epsilonHigh) * advantage
    loss += pull * logprobs[i]!
    direct[i] = pull
  }
  return loss
}

/** SAPO (arXiv 2511.20347): a sigmoid gate in place of the clip, −σ(τ(w−1))·4/τ·A. */
const sapo = (
  { sapoTemperaturePositive, sapoTemperatureNegative }: FilledLossOptions,
  { advantages }: Flat,
  { weight, ratios, slopes }: Terms,
): number => {
  let loss = 0
  for (let i = 0; i < ratios.length; i++) {
    const share = weight[i]!
    if (share === 0) continue
    const ratio = ratios[i]!
    const advantage = advantages[i]!
    if (addsNothing(advantage, ratio)) continue
    const temperature = advantage > 0 ? sapoTemperaturePositive : sapoTemperatureNegative
    const gate = 1 / (1 + Math.exp(-temperature * (ratio - 1)))
    loss -= (share * gate * 4 * advantage) / temperature
    slopes[i] = -4 * share * gate * (1 - gate) * advantage
  }
  return loss
}

/** Adds up the policy losses of a batch, without KL, and fills `slopes` and `direct`. */
export const addTerms = (options: FilledLossOptions, flat: Flat, terms: Terms): number => {
  if (options.type === 'cispo') return cispo(options, flat, terms)
  return options.type === 'sapo' ? sapo(options, flat, terms) : clipped(options, flat, terms)
}
