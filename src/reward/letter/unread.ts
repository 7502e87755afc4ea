import { isCapital, isGlued, isMark, type Token } from '../text/token.ts'
import { isStuck } from './stuck.ts'

/** As many options as questions have, where they are not known. */
const mostOptions = 10

/**
 * Letters that may name options and were not read as doing so: the B and the C of "A, red B blue C green". A text that
 * holds other ones than the letter it seems to choose does not choose.
 */
export const unreadLetters = (
  tokens: readonly Token[],
  count: number,
  isRead: (at: number) => boolean,
): readonly string[] =>
  tokens.flatMap((found, at) => {
    const letter = found.text.toUpperCase()
    const between = tokens[at - 1]?.kind !== 'word' && tokens[at + 1]?.kind !== 'word'
    const labels = isMark(tokens, at + 1, '.)') && isGlued(tokens, at + 1)
    const listed = isCapital(found) || (/^[a-z]$/.test(found.text) && (between || labels))
    // "B 1 C 2": a letter between two counts is no unit.
    const counted = found.gap && tokens[at - 1]?.kind === 'digits' && tokens[at + 1]?.kind === 'digits'
    const option =
      listed && letter.charCodeAt(0) - 65 < Math.min(count, mostOptions) && letter !== 'A' && letter !== 'I'
    return option && !isRead(at) && (counted || !isStuck(tokens, at)) ? [letter] : []
  })
