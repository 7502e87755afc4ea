import { decimalDigit } from '../python.ts'

/** What a character is to the readers. */
export const kinds = { mark: 0, space: 1, line: 2, letter: 3, digit: 4, ideograph: 5 } as const
/** One of `kinds`. */
export type CharacterKind = (typeof kinds)[keyof typeof kinds]

const letter = /[\p{L}\p{M}\p{Nl}]/u
/** Scripts whose words are not set apart by spaces, or carry their particles with them. */
const ideograph = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3007\u30fc]/u

const measure = (point: number): CharacterKind => {
  const character = String.fromCodePoint(point)
  if (/[\n\r\u2028\u2029]/.test(character)) return kinds.line
  if (/\s/.test(character)) return kinds.space
  if (decimalDigit(point) !== null) return kinds.digit
  if (ideograph.test(character)) return kinds.ideograph
  return letter.test(character) ? kinds.letter : kinds.mark
}

const known = new Uint8Array(0x10000).fill(255)

/** The kind of a code point; looked up once a character, so that a megabyte of any script is read quickly. */
export const kindOf = (point: number): CharacterKind => {
  if (point > 0xffff) return measure(point)
  const found = known[point]
  if (found !== undefined && found !== 255) return found as CharacterKind
  const kind = measure(point)
  known[point] = kind
  return kind
}
