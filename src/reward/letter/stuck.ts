import { isGlued, isMark, type Token } from '../text/token.ts'

const isSpaced = (found: Token | undefined): boolean => found?.kind === 'word' && !found.ideographs

/** "x4" and "4 C" before, "X-", "R&", "apple(" before. */
const isStuckBefore = (tokens: readonly Token[], at: number): boolean => {
  if (tokens[at - 1]?.kind === 'digits') return true
  if (!isGlued(tokens, at)) return false
  if (isSpaced(tokens[at - 1]) || isMark(tokens, at - 1, '°&_@#')) return true
  if (!isGlued(tokens, at - 1)) return false
  // "apple(s)", and not "ball(B)".
  if (isMark(tokens, at - 1, '(')) return isSpaced(tokens[at - 2]) && tokens[at]!.text === 's'
  return isMark(tokens, at - 1, '-.') && tokens[at - 2]!.kind === 'word'
}

/** "A4", "R&B", "X-ray", "e.g." behind. */
const isStuckBehind = (tokens: readonly Token[], at: number): boolean => {
  if (!isGlued(tokens, at + 1)) return false
  const next = tokens[at + 1]!
  if (next.kind === 'digits' || isSpaced(next) || isMark(tokens, at + 1, '&^_@#+')) return true
  const beyond = isGlued(tokens, at + 2) ? tokens[at + 2] : undefined
  if (isMark(tokens, at + 1, '-')) return beyond?.kind === 'word'
  return isMark(tokens, at + 1, '.') && isSpaced(beyond) && beyond!.text.length === 1
}

/** A letter and what is stuck to it: "A4", "X-ray", "e.g.", "R&B", "apple(s)", "25 °C" name no option. */
export const isStuck = (tokens: readonly Token[], at: number): boolean =>
  isStuckBefore(tokens, at) || isStuckBehind(tokens, at)
