import { isCapital, isMark, isWordOf, type Token, wordAt } from '../text/token.ts'
import type { Standing } from './mention.ts'
import { denying, pronouns, rightWords, saying, wrongWords } from './vocabulary.ts'

/** How many tokens behind a mention a verdict on it may stand. */
const farthest = 9

/** "B. is wrong": the full stop belongs to the label where the sentence goes on in small letters. */
const continuesSentence = (found: Token | undefined): boolean =>
  found !== undefined && !found.line && found.text.charAt(0) === found.low.charAt(0)

const nothing: Standing = { firmness: 0, rejected: false }
const contrasts = new Set(['but', 'though', 'and', 'however', '但', '但是'])
const pairs = new Set(['is.out', 'be.out', 'was.out'])

/** "but it is wrong", ". That is incorrect": a verdict on what was just named, and only in plain words. */
const verdictByPronoun = (tokens: readonly Token[], from: number): Standing => {
  const start = isMark(tokens, from, ',.;-') ? from + 1 : from
  const but = isWordOf(tokens, start, contrasts) ? start + 1 : start
  const pronoun = isMark(tokens, but, ',') ? but + 1 : but
  if (!isWordOf(tokens, pronoun, pronouns) && but === start) return nothing
  for (let at = pronoun; at < pronoun + farthest; at++) {
    const word = wordAt(tokens, at)
    if (word === null) return nothing
    if (wrongWords.has(word)) return { firmness: 0, rejected: true }
    if (denying.has(word) && isWordOf(tokens, at + 1, rightWords)) return { firmness: 0, rejected: true }
    if (!saying.has(word) && !pronouns.has(word) && word !== "it's" && word !== "that's") return nothing
  }
  return nothing
}

/**
 * What the words behind a mention say of it: "B is correct", "B. is wrong", "(A), but it is incorrect". Walks over
 * brackets and plain verbs, at most `farthest` tokens.
 */
export const standingAfter = (tokens: readonly Token[], next: number): Standing => {
  let at = next
  while (isMark(tokens, at, ')]}"\'】」』〕')) at++
  const closed = at
  if (isMark(tokens, at, ':-)') || (isMark(tokens, at, '.') && continuesSentence(tokens[at + 1]))) at++
  if (isMark(tokens, at, '✗✘❌') || wordAt(tokens, at) === 'no') return { firmness: 0, rejected: true }
  if (isMark(tokens, at, '✓✔✅') || wordAt(tokens, at) === 'yes') return { firmness: 2, rejected: false }
  const start = at
  for (; at < start + farthest; at++) {
    const word = wordAt(tokens, at)
    if (word === null || isCapital(tokens[at])) break
    const asserted = at > start || tokens[start - 1]!.text !== '.'
    if (wrongWords.has(word) || pairs.has(`${wordAt(tokens, at - 1)}.${word}`))
      return asserted ? { firmness: 0, rejected: true } : nothing
    if (word === 'ruled' && wordAt(tokens, at + 1) === 'out') return { firmness: 0, rejected: true }
    if (denying.has(word)) return at > start || start === closed ? { firmness: 0, rejected: true } : nothing
    if (rightWords.has(word))
      return at > start || word === '正确' || word === '正確' ? { firmness: 2, rejected: false } : nothing
    if (!saying.has(word)) break
  }
  return verdictByPronoun(tokens, closed)
}
