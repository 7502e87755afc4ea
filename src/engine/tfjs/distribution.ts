import type { Sampling } from '../engine.ts'
import { keepLargest } from './nucleus.ts'

export interface Drawn {
  readonly token: number
  /** log π of the untempered policy. */
  readonly logprob: number
  /** log-probability under the distribution that was drawn from; 0 when greedy. */
  readonly samplingLogprob: number
}

type Rules = Pick<Sampling, 'temperature' | 'topK' | 'topP' | 'minP' | 'repetitionPenalty'>

/** The first of the largest. */
const argmax = (values: ArrayLike<number>): number => {
  let best = 0
  for (let i = 1; i < values.length; i++) if ((values[i] as number) > (values[best] as number)) best = i
  return best
}

/** exp((x − top) / temperature) of every score. */
const relative = (scores: ArrayLike<number>, top: number, temperature: number): Float64Array => {
  const weights = new Float64Array(scores.length)
  for (let i = 0; i < weights.length; i++) weights[i] = Math.exp(((scores[i] as number) - top) / temperature)
  return weights
}

const sum = (values: Float64Array): number => {
  let total = 0
  for (let i = 0; i < values.length; i++) total += values[i] as number
  return total
}

const penalised = (logits: Float32Array, seen: ReadonlySet<number>, penalty: number): ArrayLike<number> => {
  if (penalty === 1) return logits
  const scores = Float64Array.from(logits)
  for (const id of seen) {
    const s = scores[id] as number
    scores[id] = s > 0 ? s / penalty : s * penalty
  }
  return scores
}

/**
 * Draws one token from a row of logits. The order of the filters is that of transformers: repetition penalty, temperature, top-k,
 * top-p, min-p. `uniform` is a number in [0, 1). Temperature 0 takes the largest logit, the first of equals. Linear time in the
 * vocabulary, whatever the filters.
 */
export const draw = (logits: Float32Array, rules: Rules, seen: ReadonlySet<number>, uniform: number): Drawn => {
  const { temperature, topK = 0, topP = 1, minP = 0, repetitionPenalty = 1 } = rules
  const best = logits[argmax(logits)] as number
  const plain = relative(logits, best, 1)
  const normaliser = best + Math.log(sum(plain))
  const scores = penalised(logits, seen, repetitionPenalty)
  const first = argmax(scores)
  if (temperature === 0) return { token: first, logprob: (logits[first] as number) - normaliser, samplingLogprob: 0 }
  const top = scores[first] as number
  // The weight of the best token is 1.
  const weights = temperature === 1 && scores === logits ? plain : relative(scores, top, temperature)
  if (topK > 0 && topK < weights.length) keepLargest(weights, topK, () => 1)
  if (topP < 1) keepLargest(weights, topP * sum(weights), weight => weight)
  if (minP > 0) for (let i = 0; i < weights.length; i++) if ((weights[i] as number) < minP) weights[i] = 0
  const total = sum(weights)
  let left = uniform * total
  let token = -1
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i] as number
    if (weight === 0) continue
    token = i
    left -= weight
    if (left < 0) break
  }
  // Nothing to choose from: logits that are no numbers.
  if (token < 0) token = first
  return {
    token,
    logprob: (logits[token] as number) - normaliser,
    samplingLogprob: ((scores[token] as number) - top) / temperature - Math.log(total),
  }
}
