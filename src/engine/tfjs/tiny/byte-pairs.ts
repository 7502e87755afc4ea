import { byteLevelText } from '../../text/pieces.ts'

/** Where Qwen2's tokenizer splits a text before it merges bytes (PRETOKENIZE_REGEX in tokenization_qwen2.py of transformers). */
const words =
  /'(?:[sdmtSDMT]|[lL]{2}|[vV][eE]|[rR][eE])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+/gu

/** Two tokens that become one. */
export type Merge = readonly [left: string, right: string]

const merged = (pieces: readonly string[], [left, right]: Merge): readonly string[] => {
  const out: string[] = []
  for (let i = 0; i < pieces.length; i++) {
    const joins = pieces[i] === left && pieces[i + 1] === right
    out.push(joins ? left + right : pieces[i]!)
    if (joins) i++
  }
  return out
}

/** How often each pair stands side by side, in the order of first sight; a word counts as often as it occurs. */
const countPairs = (split: ReadonlyMap<string, readonly string[]>, occurrences: ReadonlyMap<string, number>) => {
  const counts = new Map<string, { readonly pair: Merge; readonly count: number }>()
  for (const [word, pieces] of split)
    for (let i = 0; i + 1 < pieces.length; i++) {
      const pair: Merge = [pieces[i]!, pieces[i + 1]!]
      const key = pair.join(' ')
      counts.set(key, { pair, count: (counts.get(key)?.count ?? 0) + (occurrences.get(word) ?? 0) })
    }
  return counts
}

/**
 * The byte pairs that stand side by side most often in some texts, the most frequent first, each counted after the merges before it
 * (Sennrich and others, arXiv 1508.07909). No more than `most`; fewer when every word has become one token. Time: words times merges.
 */
export const learnMerges = (texts: readonly string[], most: number): readonly Merge[] => {
  const occurrences = new Map<string, number>()
  for (const text of texts)
    for (const [word] of text.matchAll(words)) occurrences.set(word, (occurrences.get(word) ?? 0) + 1)
  let split: ReadonlyMap<string, readonly string[]> = new Map(
    [...occurrences.keys()].map(word => [word, [...byteLevelText(word)]]),
  )
  const merges: Merge[] = []
  while (merges.length < most) {
    const best = [...countPairs(split, occurrences).values()].reduce<{ pair?: Merge; count: number }>(
      (top, next) => (next.count > top.count ? next : top),
      { count: 0 },
    ).pair
    if (best === undefined) break
    merges.push(best)
    split = new Map([...split].map(([word, pieces]) => [word, merged(pieces, best)]))
  }
  return merges
}
