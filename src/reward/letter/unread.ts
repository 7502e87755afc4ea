import { isCapital, isGlued, isMark, type Token } from '../text/token.ts'
import { isStuck } from './stuck.ts'

/** As many options as questions have, where they are not known. */
const mostOptions = 10

/** No word beside it. */
const isBetween = (tokens: readonly Token[], at: number): boolean =>
  tokens[at - 1]?.kind !== 'word' && tokens[at + 1]?.kind !== 'word'

/** "b." and "b)". */
const isGluedLabel = (tokens: readonly Token[], at: number): boolean =>
  isMark(tokens, at + 1, '.)') && isGlued(tokens, at + 1)

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
    const small = /^[a-z]$/.test(found.text) && (isBetween(tokens, at) || isGluedLabel(tokens, at))
    // "B 1 C 2": a letter between two counts is no unit.
    const counted = found.gap && tokens[at - 1]?.kind === 'digits' && tokens[at + 1]?.kind === 'digits'
    const option =
      (isCapital(found) || small) &&
      letter.charCodeAt(0) - 65 < Math.min(count, mostOptions) &&
      letter !== 'A' &&
      letter !== 'I'
    return option && !isRead(at) && (counted || !isStuck(tokens, at)) ? [letter] : []
  })
