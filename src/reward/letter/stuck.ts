import { isGlued, isMark, type Token } from '../text/token.ts'

/** A letter and what is stuck to it: "A4", "X-ray", "e.g.", "R&B", "apple(s)", "25 °C" name no option. */
export const isStuck = (tokens: readonly Token[], at: number): boolean => {
  const before = tokens[at - 1]
  const glued = isGlued(tokens, at)
  if (glued && (before?.kind === 'digits' || (before?.kind === 'word' && !before.ideographs))) return true
  if (before?.kind === 'digits' || (glued && isMark(tokens, at - 1, '°&_@#'))) return true
  // "D'Artagnan", and not "'B'".
  if (glued && isMark(tokens, at - 1, "'") && isGlued(tokens, at - 1)) return true
  if (glued && isMark(tokens, at - 1, '-.') && isGlued(tokens, at - 1) && tokens[at - 2]?.kind === 'word') return true
  if (
    glued &&
    isMark(tokens, at - 1, '(') &&
    isGlued(tokens, at - 1) &&
    tokens[at - 2]?.kind === 'word' &&
    !tokens[at - 2]?.ideographs
  )
    return tokens[at]?.text === 's'
  if (!isGlued(tokens, at + 1)) return false
  const next = tokens[at + 1]
  if (
    next?.kind === 'digits' ||
    (next?.kind === 'word' && !next.ideographs) ||
    (next?.kind === 'mark' && '&^_@#+'.includes(next.text))
  )
    return true
  const beyond = isGlued(tokens, at + 2) ? tokens[at + 2] : undefined
  if (isMark(tokens, at + 1, '-')) return beyond?.kind === 'word'
  return isMark(tokens, at + 1, '.') && beyond?.kind === 'word' && beyond.text.length === 1 && !beyond.ideographs
}
