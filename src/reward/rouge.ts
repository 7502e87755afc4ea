import { longestCommon } from './alignment.ts'
import { stem } from './stem.ts'

/** The words of a text, lower-case, those of more than three characters stemmed (rouge_score's tokeniser). */
const rougeTokens = (text: string): readonly string[] => stems(text.toLowerCase().match(/[a-z0-9]+/g) ?? [])

const stems = (words: readonly string[]): readonly string[] =>
  words.map(word => (word.length > 3 && /^[a-z0-9]+$/.test(word) ? stem(word) : word))

const fMeasure = (overlap: number, target: number, prediction: number): number => {
  const precision = overlap / Math.max(prediction, 1)
  const recall = overlap / Math.max(target, 1)
  return precision + recall > 0 ? (2 * precision * recall) / (precision + recall) : 0
}

const grams = (tokens: readonly string[], n: number): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>()
  for (let i = 0; i + n <= tokens.length; i++) {
    const gram = tokens.slice(i, i + n).join(' ')
    counts.set(gram, (counts.get(gram) ?? 0) + 1)
  }
  return counts
}

const rougeN = (target: readonly string[], prediction: readonly string[], n: number): number => {
  const wanted = grams(target, n)
  let overlap = 0
  for (const [gram, count] of grams(prediction, n)) overlap += Math.min(count, wanted.get(gram) ?? 0)
  return fMeasure(overlap, Math.max(0, target.length - n + 1), Math.max(0, prediction.length - n + 1))
}

const rougeL = (target: readonly string[], prediction: readonly string[]): number =>
  fMeasure(longestCommon(target, prediction), target.length, prediction.length)

/**
 * Mean F-measure of ROUGE-1, ROUGE-2 and ROUGE-L, between 0 and 1: the free-form metric of Video-R1 and VideoP2R, with
 * the tokeniser and the stemmer of the Python package rouge_score (words are a–z and 0–9). A target of one word reaches
 * 2/3 at most. Time quadratic in the words.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { rouge } from 'kinograd/reward'
 *
 * assert.equal(rouge('the cat sat', 'the cat sits'), (2 / 3 + 1 / 2 + 2 / 3) / 3)
 * ```
 */
export const rouge = (target: string, prediction: string): number => {
  const t = rougeTokens(target)
  const p = rougeTokens(prediction)
  return (rougeN(t, p, 1) + rougeN(t, p, 2) + rougeL(t, p)) / 3
}

/**
 * The same mean over words that were split before, of those measures that the target is long enough for: a target of
 * one word has no pairs of words.
 */
export const rougeOfWords = (target: readonly string[], prediction: readonly string[]): number => {
  if (target === prediction && target.length > 0) return 1
  const t = stems(target)
  const p = stems(prediction)
  const measures = t.length < 2 ? [rougeN(t, p, 1), rougeL(t, p)] : [rougeN(t, p, 1), rougeN(t, p, 2), rougeL(t, p)]
  return measures.reduce((sum, measure) => sum + measure, 0) / measures.length
}
