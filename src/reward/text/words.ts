import { foldText, streamSafe } from './fold.ts'

/**
 * Scripts that set no spaces between words. Their characters are compared in place of words, each with the marks that
 * stand on it.
 */
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tibetan}\u3007\u30fc]\p{M}*/gu

const spaced = (text: string): string => text.replace(unspaced, ' $& ')

/** The words of a text that is read off a picture: as they are written, case and punctuation included. */
export const exactWords = (text: string): readonly string[] =>
  spaced(foldText(text))
    .split(/\s+/)
    .filter(word => word !== '')

/** Without the accents of Latin, Greek and Cyrillic letters: "naïve" is "naive". */
const withoutAccents = (text: string): string =>
  streamSafe(text)
    .normalize('NFD')
    .replace(/(?<=[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}])\p{M}+/gu, '')
    .normalize('NFC')

/** The words of a text in free form: letters and digits only, in lower case, without accents. */
export const looseWords = (text: string): readonly string[] =>
  spaced(withoutAccents(foldText(text)).toLowerCase()).match(/[\p{L}\p{M}\p{N}]+/gu) ?? []
