import type { Sampling } from '../engine.ts'

export interface Drawn {
  readonly token: number
  /** log π of the untempered policy. */
  readonly logprob: number
  /** log-probability under the distribution that was drawn from; 0 when greedy. */
  readonly samplingLogprob: number
}

type Rules = Pick<Sampling, 'temperature' | 'topK' | 'topP' | 'minP' | 'repetitionPenalty'>

/** log Σ exp, stable. */
const logSumExp = (values: Float64Array): number => {
  let max = Number.NEGATIVE_INFINITY
  for (const v of values) if (v > max) max = v
  let sum = 0
  for (const v of values) sum += Math.exp(v - max)
  return max + Math.log(sum)
}

const argmax = (values: Float64Array): number => {
  let best = 0
  for (let i = 1; i < values.length; i++) if ((values[i] as number) > (values[best] as number)) best = i
  return best
}

/**
 * Draws one token from a row of logits. The order of the filters is that of transformers: repetition penalty, temperature, top-k,
 * top-p, min-p. `uniform` is a number in [0, 1). Temperature 0 takes the largest logit, the first of equals.
 */
export const draw = (logits: Float32Array, rules: Rules, seen: ReadonlySet<number>, uniform: number): Drawn => {
  const raw = Float64Array.from(logits)
  const normaliser = logSumExp(raw)
  const scores = raw.slice()
  const { temperature, topK = 0, topP = 1, minP = 0, repetitionPenalty = 1 } = rules
  if (repetitionPenalty !== 1)
    for (const id of seen) {
      const s = scores[id] as number
      scores[id] = s > 0 ? s / repetitionPenalty : s * repetitionPenalty
    }
  if (temperature === 0) {
    const token = argmax(scores)
    return { token, logprob: (raw[token] as number) - normaliser, samplingLogprob: 0 }
  }
  for (let i = 0; i < scores.length; i++) scores[i] = (scores[i] as number) / temperature
  if ((topK > 0 && topK < scores.length) || topP < 1) keepNucleus(scores, topK > 0 ? topK : scores.length, topP)
  if (minP > 0) {
    const floor = (scores[argmax(scores)] as number) + Math.log(minP)
    for (let i = 0; i < scores.length; i++) if ((scores[i] as number) < floor) scores[i] = Number.NEGATIVE_INFINITY
  }
  const total = logSumExp(scores)
  let left = uniform
  let token = -1
  for (let i = 0; i < scores.length; i++) {
    const s = scores[i] as number
    if (s === Number.NEGATIVE_INFINITY) continue
    token = i
    left -= Math.exp(s - total)
    if (left < 0) break
  }
  return { token, logprob: (raw[token] as number) - normaliser, samplingLogprob: (scores[token] as number) - total }
}

/** Keeps the `k` best and of these the fewest whose probabilities reach `p`; the rest becomes −∞. */
const keepNucleus = (scores: Float64Array, k: number, p: number): void => {
  const order = Array.from(scores.keys()).sort((a, b) => (scores[b] as number) - (scores[a] as number) || a - b)
  const kept = order.slice(0, k)
  const total = logSumExp(Float64Array.from(kept, i => scores[i] as number))
  let mass = 0
  let count = 0
  while (count < kept.length && mass < p) mass += Math.exp((scores[kept[count++] as number] as number) - total)
  for (const i of order.slice(Math.max(1, count))) scores[i] = Number.NEGATIVE_INFINITY
}
