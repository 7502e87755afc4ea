import { stem } from './stem.ts'

/** What counts as a word: `ascii` as rouge_score (a–z, 0–9 only), `unicode` letters and digits of any script. */
export type Words = 'ascii' | 'unicode'

/** The words of a text, lower-case, those of more than three characters stemmed (rouge_score's tokeniser). */
const rougeTokens = (text: string, kind: Words = 'ascii'): readonly string[] =>
  (text.toLowerCase().match(kind === 'ascii' ? /[a-z0-9]+/g : /[\p{L}\p{M}\p{N}]+/gu) ?? []).map(word =>
    word.length > 3 ? stem(word) : word,
  )

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

/** Length of the longest common subsequence; time |a|·|b|, memory |b|. */
const common = (a: readonly string[], b: readonly string[]): number => {
  const row = new Uint32Array(b.length + 1)
  for (const word of a) {
    let diagonal = 0
    for (let j = 1; j <= b.length; j++) {
      const above = row[j] as number
      row[j] = word === b[j - 1] ? diagonal + 1 : Math.max(above, row[j - 1] as number)
      diagonal = above
    }
  }
  return row[b.length] as number
}

/** Mean F-measure of ROUGE-1, ROUGE-2 and ROUGE-L, between 0 and 1 (the free-form metric of Video-R1 and VideoP2R). */
export const rouge = (target: string, prediction: string, kind: Words = 'ascii'): number => {
  const t = rougeTokens(target, kind)
  const p = rougeTokens(prediction, kind)
  const long = t.length === 0 || p.length === 0 ? 0 : fMeasure(common(t, p), t.length, p.length)
  return (rougeN(t, p, 1) + rougeN(t, p, 2) + long) / 3
}
