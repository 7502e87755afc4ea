import { alternatives, following, linking, preceding, reasons, saying, together } from '../commitment/vocabulary.ts'
import { isGlued, isMark, type Token, wordAt } from '../text/token.ts'
import { type UnitReading, unitAt } from './unit-expression.ts'
import { currenciesNamed } from './unit-names.ts'

/** A currency before a number: "$", "US$", "USD", "Rs.". */
export const currencyAt = (tokens: readonly Token[], at: number): UnitReading => {
  const found = tokens[at]
  if (found === undefined || found.kind === 'digits') return { units: [], next: at }
  const country =
    found.kind === 'word' && found.text.length <= 2 && isMark(tokens, at + 1, '$') && isGlued(tokens, at + 1)
  if (country) return { units: currenciesNamed('$'), next: at + 2 }
  const units = currenciesNamed(found.text)
  if (units.length === 0) return { units, next: at }
  return { units, next: isMark(tokens, at + 1, '.') && found.kind === 'word' ? at + 2 : at + 1 }
}
/** A unit behind a number: with a space, a hyphen or nothing between, or in brackets. "in" before a word is no inch. */
export const unitBehind = (tokens: readonly Token[], at: number): UnitReading => {
  if (isMark(tokens, at, '([')) {
    const inside = unitAt(tokens, at + 1)
    if (inside !== null && isMark(tokens, inside.next, ')]')) return { ...inside, next: inside.next + 1 }
    return { units: [], next: at }
  }
  const hyphen = isMark(tokens, at, '-') && isGlued(tokens, at) && isGlued(tokens, at + 1)
  const start = hyphen ? at + 1 : tokens[at]?.text === 'US' ? at + 1 : at
  const found = unitAt(tokens, start)
  const preposition = wordAt(tokens, start) === 'in' && tokens[start]!.gap && tokens[start + 1]?.kind === 'word'
  if (found === null || preposition || tokens[at]!.line) return { units: [], next: at }
  return found
}

const plainWords = new Set(
  'total long wide tall high deep away apart by per exactly according overall altogether'.split(' '),
)

/** Whether the word at a place is what a number counts, and not one of the words that prose goes on with. */
export const isCounted = (tokens: readonly Token[], at: number): boolean => {
  const word = wordAt(tokens, at)
  if (word === null || tokens[at]!.line || plainWords.has(word)) return false
  return ![following, linking, preceding, reasons, together, alternatives, saying].some(words => words.has(word))
}
