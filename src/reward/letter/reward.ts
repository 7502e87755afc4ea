import { readTokens } from '../answer-tokens.ts'
import { committed } from '../commitment/resolve.ts'
import { statements } from '../commitment/statement.ts'
import { plainText } from '../text/fold.ts'
import { isCapital, type Token } from '../text/token.ts'
import { countOf, readLetters } from './choice.ts'
import { letterMentions } from './mention.ts'
import { bareWords, bareWordsOf, mostOptions, type Option, occurrences, readOptions } from './options.ts'

/** What a truth of a multiple choice asks for: letters, with the text behind them, or a text alone. */
type Wanted =
  | { readonly letters: readonly string[]; readonly words: readonly string[] }
  | { readonly letters: null; readonly words: readonly string[] }

const isWord = ({ kind }: Token): boolean => kind === 'word' || kind === 'digits'

const wantedBy = (truth: string, options: readonly Option[]): Wanted => {
  const tokens = readTokens(truth)
  const mentions = letterMentions(tokens, countOf(options))
  const first = mentions[0]
  const rest = tokens.slice(first?.next)
  const isList = rest.every(({ low }) => low.length === 1 || low === 'and')
  if (first !== undefined && (isList || first.label)) {
    const letters = [...new Set((isList ? mentions : [first]).map(({ value }) => value))].sort()
    return { letters, words: isList ? [] : bareWords(rest.map(({ low }) => low).join(' ')) }
  }
  const bare = bareWordsOf(tokens)
  const named = options.filter(option => option.words.join(' ') === bare.join(' '))
  return named.length === 1 ? { letters: named.map(({ letter }) => letter), words: [] } : { letters: null, words: bare }
}

/** Whether a text has anything that a choice can be compared by: a letter among the options, a word, a digit. */
export const isChoice = (truth: string, given: readonly string[]): boolean => {
  const count = Math.min(given.length, mostOptions)
  const [first, ...others] = readTokens(truth).filter(isWord)
  if (first === undefined) return false
  const beyond = count > 0 && isCapital(first) && first.text.charCodeAt(0) - 65 >= count
  return others.length > 0 || !beyond
}

/**
 * Whether a letter with a text says something else than the truth, letter and text: "E. faecalis" is not "E. coli".
 * Only where the options are not known, and only where the texts have no word in common.
 */
const isOtherText = (answer: string, letter: string, wanted: readonly string[]): boolean => {
  const words = bareWords(answer)
  const [first, ...rest] = words
  if (wanted.length === 0 || rest.length === 0 || first!.toUpperCase() !== letter) return false
  return rest.length <= wanted.length + 1 && !rest.some(word => wanted.includes(word))
}

/** Whether an answer says that it is a text: "The answer is café". */
const isSaid = (answer: string, words: readonly string[]): boolean => {
  const tokens = readTokens(answer)
  const places = tokens.flatMap((found, at) => (isWord(found) ? [at] : []))
  const mentions = occurrences(
    places.map(at => tokens[at]!.low),
    words,
  ).map(at => ({ value: null, key: '', from: places[at]!, next: places[at + words.length - 1]! + 1 }))
  const chosen = committed(statements(tokens, mentions))
  return chosen !== null && chosen.firmness >= 2 && chosen.next > places.at(-1)!
}

/** The reward of a multiple choice: 1 when the answer commits itself to what the truth asks for, else 0. */
export const choiceReward = (answer: string, truth: string, given: readonly string[]): 0 | 1 => {
  if (answer === truth || plainText(answer) === plainText(truth)) return 1
  const options = readOptions(given)
  const wanted = wantedBy(truth, options)
  if (wanted.letters === null) return isSaid(answer, wanted.words) ? 1 : 0
  const letters = readLetters(answer, options)
  if (letters === null || letters.join() !== wanted.letters.join()) return 0
  const other = options.length === 0 && isOtherText(answer, letters[0]!, wanted.words)
  return other ? 0 : 1
}

/**
 * The one option's letter that a text commits itself to, or null: several, a list of all, "B or C" and an article are
 * none. With the options known the text of one counts as its letter, and a letter beside another option's text as none.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { optionLetter } from 'kinograd/reward'
 *
 * assert.equal(optionLetter('B. is wrong, so it must be C.'), 'C')
 * assert.equal(optionLetter('A. B. C. D.'), null)
 * assert.equal(optionLetter('the red ball', ['A. a dog', 'B. the red ball']), 'B')
 * ```
 */
export const optionLetter = (text: string, options: readonly string[] = []): string | null => {
  const letters = readLetters(text, readOptions(options))
  return letters?.length === 1 ? (letters[0] ?? null) : null
}
