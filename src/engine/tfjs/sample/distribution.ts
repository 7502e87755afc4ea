import type { Sampling } from '../../engine.ts'
import { type Cut, cutAt, everything, placeOf, totalOf } from './nucleus.ts'

/** A row of logits, and what drawing needs to know of all of them. */
export interface Scores {
  readonly logits: Float32Array
  /** The largest of them. */
  readonly largest: number
  /** Σ exp(logit − largest) */
  readonly sum: number
  /** exp((logit − largest) / temperature): at most 1. At temperature 0 nothing is drawn by them. */
  readonly weights: Float32Array
}

export interface Drawn {
  readonly token: number
  /** log π of the untempered policy. */
  readonly logprob: number
  /** log-probability under the distribution that was drawn from; 0 when greedy. */
  readonly samplingLogprob: number
}

type Rules = Pick<Sampling, 'temperature' | 'topK' | 'topP' | 'minP' | 'repetitionPenalty'>

/** The scores of a row of logits. */
export const scoresOf = (logits: Float32Array, temperature: number): Scores => {
  let largest = Number.NEGATIVE_INFINITY
  for (let i = 0; i < logits.length; i++) if (logits[i]! > largest) largest = logits[i]!
  const weights = new Float32Array(logits.length)
  const tempered = temperature !== 0 && temperature !== 1
  let sum = 0
  for (let i = 0; i < weights.length; i++) {
    const below = logits[i]! - largest
    const e = Math.exp(below)
    sum += e
    weights[i] = tempered ? Math.exp(below / temperature) : e
  }
  return { logits, largest, sum, weights }
}

const penalised = (logits: Float32Array, seen: ReadonlySet<number>, penalty: number): Float32Array => {
  const scores = Float32Array.from(logits)
  for (const id of seen) {
    const s = scores[id]!
    scores[id] = s > 0 ? s / penalty : s * penalty
  }
  return scores
}

/** What top-k, top-p and min-p keep of the weights, in this order, and its sum. */
const filtered = (
  weights: Float32Array,
  { topK = 0, topP = 1, minP = 0 }: Rules,
): { readonly kept: Cut; readonly total: number } => {
  const best = topK > 0 && topK < weights.length ? cutAt(weights, topK, () => 1) : everything
  const ofBest = totalOf(weights, best)
  const nucleus = topP < 1 ? cutAt(weights, topP * ofBest, weight => weight) : { ...best, reached: ofBest }
  if (minP <= nucleus.floor) return { kept: nucleus, total: nucleus.reached }
  // The weight of the best token is 1.
  const kept = { floor: minP, atFloor: Number.POSITIVE_INFINITY }
  return { kept, total: totalOf(weights, kept) }
}

/**
 * Draws one token from the scores of a row, which were made with the same temperature. The order of the filters is that of
 * transformers: repetition penalty, temperature, top-k, top-p, min-p. `uniform` is a number in [0, 1). Temperature 0 takes the
 * largest logit, the first of equals. Linear time in the vocabulary, whatever the filters.
 */
export const draw = (scores: Scores, rules: Rules, seen: ReadonlySet<number>, uniform: number): Drawn => {
  const { temperature, repetitionPenalty = 1 } = rules
  const free =
    repetitionPenalty === 1 ? scores : scoresOf(penalised(scores.logits, seen, repetitionPenalty), temperature)
  const logprob = (token: number) => scores.logits[token]! - scores.largest - Math.log(scores.sum)
  if (temperature === 0) {
    // Not among them: logits that are no numbers.
    const best = Math.max(0, free.logits.indexOf(free.largest))
    return { token: best, logprob: logprob(best), samplingLogprob: 0 }
  }
  const { kept, total } = filtered(free.weights, rules)
  const token = placeOf(free.weights, kept, uniform * total) ?? 0
  return { token, logprob: logprob(token), samplingLogprob: Math.log(free.weights[token]! / total) }
}
