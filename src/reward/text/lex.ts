import { decimalDigit } from '../python.ts'
import { kindOf, kinds } from './characters.ts'
import { type Token, token } from './token.ts'

/** Words of scripts without spaces, by their first character, the longest first. */
export type Ideographs = ReadonlyMap<string, readonly string[]>

/** Sorts words for `lex`. */
export const ideographs = (words: Iterable<string>): Ideographs => {
  const byFirst = new Map<string, string[]>()
  for (const word of words) byFirst.set(word.charAt(0), [...(byFirst.get(word.charAt(0)) ?? []), word])
  for (const list of byFirst.values()) list.sort((a, b) => b.length - a.length)
  return byFirst
}

/** Characters of Chinese numerals; a run of them is one word. */
const numerals = '〇零一二两兩三四五六七八九十百千万萬亿億'

/** Where the word ends that starts at an ideograph: the longest known one, a numeral, or the character alone. */
const endOfIdeographs = (text: string, at: number, known: Ideographs): number => {
  const word = known.get(text.charAt(at))?.find(candidate => text.startsWith(candidate, at))
  if (word !== undefined) return at + word.length
  let end = at
  while (end < text.length && numerals.includes(text.charAt(end))) end++
  return end > at ? end : at + String.fromCodePoint(text.codePointAt(at) ?? 0).length
}

/** The longest that `<b>`, `</answer>` and their like may be. */
const longestTag = 40

/** Where a tag of HTML ends that starts here; -1 when none does. */
const endOfTag = (text: string, at: number): number => {
  const name = text.charAt(at + 1) === '/' ? at + 2 : at + 1
  if (kindOf(text.codePointAt(name) ?? 0) !== kinds.letter) return -1
  for (let end = name; end < Math.min(text.length, at + longestTag); end++) {
    if (text.charAt(end) === '>') return end + 1
    if (text.charAt(end) === '<') return -1
  }
  return -1
}

const sizeAt = (text: string, at: number): number => ((text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1)

/** Where a run of characters of one kind ends. An apostrophe between two letters belongs to their word. */
const endOfRun = (text: string, at: number, kind: number): number => {
  let end = at
  while (end < text.length) {
    const found = kindOf(text.codePointAt(end) ?? 0)
    const apostrophe =
      kind === kinds.letter &&
      end > at &&
      text.charAt(end) === "'" &&
      kindOf(text.codePointAt(end + 1) ?? 0) === kinds.letter
    if (found !== kind && !apostrophe) break
    end += sizeAt(text, end)
  }
  return end
}

const asciiDigits = (text: string): string => Array.from(text, c => decimalDigit(c.codePointAt(0) ?? 0) ?? '').join('')

/** A text of more pieces is no answer; the readers do some work for each of them. */
const mostTokens = 20_000

/**
 * Splits a folded text into words, runs of digits, and marks of one character each; LaTeX's `\name` is a command, its
 * `\\` two marks, and tags of HTML are left out. White space is remembered by the token behind it. No tokens for a text of more than
 * 20,000 pieces. Time linear in the text.
 */
export const lex = (text: string, known: Ideographs): readonly Token[] => {
  const tokens: Token[] = []
  let gap = false
  let line = false
  const add = (kind: Token['kind'], from: number, to: number, ideographs = false): number => {
    const written = text.slice(from, to)
    tokens.push(token(kind, kind === 'digits' ? asciiDigits(written) : written, { gap, line, ideographs }))
    gap = false
    line = false
    return to
  }
  let at = 0
  while (at < text.length && tokens.length <= mostTokens) {
    const kind = kindOf(text.codePointAt(at) ?? 0)
    if (kind === kinds.space || kind === kinds.line) {
      gap = true
      line ||= kind === kinds.line
      at++
    } else if (kind === kinds.letter) at = add('word', at, endOfRun(text, at, kind))
    else if (kind === kinds.digit) at = add('digits', at, endOfRun(text, at, kind))
    else if (kind === kinds.ideograph) at = add('word', at, endOfIdeographs(text, at, known), true)
    else if (text.startsWith('\\\\', at)) at = add('mark', add('mark', at, at + 1), at + 2)
    else if (text.charAt(at) === '\\' && kindOf(text.codePointAt(at + 1) ?? 0) === kinds.letter)
      at = add('command', at + 1, endOfRun(text, at + 1, kinds.letter))
    else if (text.charAt(at) === '<' && endOfTag(text, at) !== -1) {
      at = endOfTag(text, at)
      gap = true
    } else at = add('mark', at, at + sizeAt(text, at))
  }
  return tokens.length > mostTokens ? [] : tokens
}
