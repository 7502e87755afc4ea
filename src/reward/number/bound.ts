import { isGlued, isMark, isWordOf, type Token, wordAt } from '../text/token.ts'

const ideographic = ['以上', '以下', '以内', '超过', '至少', '至多', '不到']
const amounts = ['least', 'most']
const superlatives = new Set(amounts)
const bounds = new Set([
  ...amounts,
  ...ideographic,
  'than',
  'over',
  'under',
  'above',
  'below',
  'exceeds',
  'exceeding',
  'beyond',
])
const boundsBehind = new Set(ideographic)
const comparatives = new Set(['more', 'less', 'fewer', 'greater', 'above', 'below', 'higher', 'lower', 'over', 'under'])

/** "at least 5", "> 5", "up to 5". */
const isBoundBefore = (tokens: readonly Token[], from: number): boolean =>
  isMark(tokens, from - 1, '<>≤≥±≠') ||
  isWordOf(tokens, from - 1, bounds) ||
  (wordAt(tokens, from - 1) === 'to' && wordAt(tokens, from - 2) === 'up')

/** "5+", "5 or more", "5 at most". */
const isBoundBehind = (tokens: readonly Token[], next: number): boolean => {
  if (isMark(tokens, next, '+')) return isGlued(tokens, next) && tokens[next + 1]?.kind !== 'digits'
  if (wordAt(tokens, next) === 'or') return isWordOf(tokens, next + 1, comparatives)
  if (wordAt(tokens, next) === 'at') return isWordOf(tokens, next + 1, superlatives)
  return isWordOf(tokens, next, boundsBehind)
}

/** A bound, not a number. */
export const isBound = (tokens: readonly Token[], from: number, next: number): boolean =>
  isBoundBefore(tokens, from) || isBoundBehind(tokens, next)
