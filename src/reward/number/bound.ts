import { isGlued, isMark, type Token, wordAt } from '../text/token.ts'

const bounds = new Set(['least', 'most', 'than', 'over', 'under', 'above', 'below', 'exceeds', 'exceeding', 'beyond'])
const boundsBehind = new Set(['more', 'less', 'fewer', 'greater', 'above', 'below', 'higher', 'lower', 'over', 'under'])
const ideographicBounds = new Set(['以上', '以下', '以内', '超过', '至少', '至多', '不到'])

/** "at least 5", "> 5", "5 or more", "5+": a bound, not a number. */
export const isBound = (tokens: readonly Token[], from: number, next: number): boolean => {
  const before = wordAt(tokens, from - 1) ?? ''
  if (isMark(tokens, from - 1, '<>≤≥±≠') || bounds.has(before) || ideographicBounds.has(before)) return true
  if (before === 'to' && wordAt(tokens, from - 2) === 'up') return true
  const plus = isMark(tokens, next, '+') && isGlued(tokens, next) && tokens[next + 1]?.kind !== 'digits'
  const behind = wordAt(tokens, next) ?? ''
  const more = behind === 'or' && boundsBehind.has(wordAt(tokens, next + 1) ?? '')
  const atLeast = behind === 'at' && bounds.has(wordAt(tokens, next + 1) ?? '')
  return plus || more || atLeast || ideographicBounds.has(behind)
}
