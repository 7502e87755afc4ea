import { boxed, readTokens } from '../answer-tokens.ts'
import { committed, explained } from '../commitment/resolve.ts'
import { type Statement, statements } from '../commitment/statement.ts'
import { readNumber } from '../number/answer.ts'
import { numericalReward } from '../number/compare.ts'
import { isMark, type Token } from '../text/token.ts'
import { type LetterMention, letterMentions } from './mention.ts'
import { bareWords, bareWordsOf, type Option, optionMentions } from './options.ts'
import { unreadLetters } from './unread.ts'

/** As many letters as there are options; all of the alphabet where the options are not known. */
export const countOf = (options: readonly Option[]): number => (options.length === 0 ? 26 : options.length)

/** The words from a place to the end of their clause. */
const clause = (tokens: readonly Token[], from: number): readonly string[] => {
  const words: string[] = []
  let at = from
  while (isMark(tokens, at, '.):,;、-]"\'】')) at++
  for (let found = tokens[at]; found !== undefined && !isMark(tokens, at, '.,;(。'); found = tokens[++at]) {
    if (words.length > 0 && found.line) break
    words.push(found.low)
  }
  return words
}

/** Most mentions of a choice that are held against the text beside them. */
const mostChecked = 4

const isSame = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((word, i) => word === b[i])

/** Whether the text beside a letter is the text of another option: "B. the ball" where the ball is A. */
const isContradicted = (
  tokens: readonly Token[],
  { value, from, next }: LetterMention,
  options: readonly Option[],
): boolean => {
  const behind = bareWords(clause(tokens, next).join(' '))
  const named = behind.length === 0 ? [] : options.filter(({ words }) => isSame(behind, words))
  if (named.length > 0) return !named.some(({ letter }) => letter === value)
  // "the red ball (B)"
  const before = isMark(tokens, from - 1, '([') ? from - 1 : -1
  return optionMentions(tokens, options).some(mention => mention.next === before && mention.key !== value)
}

/** The letters of a statement that stands, without repetition, in the order of the alphabet. */
const lettersOf = (statement: Statement<string> | null): readonly string[] | null =>
  statement === null ? null : [...new Set(statement.mentions.map(({ value }) => value))].sort()

/** "B, because A is …": the first statement, where it is a label and none of the others is. */
const labelled = (
  given: readonly Statement<string>[],
  mentions: readonly LetterMention[],
): Statement<string> | null => {
  const [first, ...others] = mentions
  return first!.label && !others.some(({ label }) => label) ? explained(given) : null
}

/** The one option whose number is the number of a text, in whatever unit: "1 km" is "1,000 m". */
const optionOfNumber = (tokens: readonly Token[], options: readonly Option[]): readonly string[] | null => {
  const number = readNumber(tokens)
  if (number === null) return null
  const numbers = options.flatMap(({ letter, text }) => {
    const read = readNumber(readTokens(text))
    return read === null ? [] : [{ letter, read }]
  })
  if (numbers.length < options.length) return null
  const equal = numbers.filter(({ read }) => numericalReward(number, read) === 1)
  return equal.length === 1 ? equal.map(({ letter }) => letter) : null
}

const readPlain = (tokens: readonly Token[], options: readonly Option[]): readonly string[] | null => {
  const texts = optionMentions(tokens, options)
  const bare = bareWordsOf(tokens)
  const equal = options.filter(({ words }) => isSame(words, bare))
  // A letter alone is a letter, also where an option's text is another one.
  if (equal.length === 1 && bare.join().length > 1) return equal.map(({ letter }) => letter)
  // The A and the B of the option "Both A and B" name no others.
  const covered = new Uint8Array(tokens.length)
  for (const { from, next } of texts) if (next - from > 1) covered.fill(1, from, next)
  const inText = (at: number): boolean => covered[at] === 1
  const letters = letterMentions(tokens, countOf(options)).filter(({ from }) => !inText(from))
  const given = statements(tokens, letters)
  if (given.length === 0) return lettersOf(committed(statements(tokens, texts))) ?? optionOfNumber(tokens, options)
  const chosen = committed(given) ?? labelled(given, letters)
  const said = new Set(chosen?.mentions.slice(0, mostChecked).map(({ from }) => from))
  const contradicted = letters.some(mention => said.has(mention.from) && isContradicted(tokens, mention, options))
  const read = contradicted ? null : lettersOf(chosen)
  const places = new Set(letters.map(({ from }) => from))
  const isRead = (at: number): boolean => places.has(at) || inText(at)
  const unread = chosen !== null && chosen.firmness < 1 ? unreadLetters(tokens, countOf(options), isRead) : []
  return unread.some(letter => read?.includes(letter) !== true) ? null : read
}

/**
 * The letters that a text commits itself to, in the order of the alphabet: one, or several where it says "A and C".
 * Null when it names none, or several of which it does not say which it means. What stands in `\boxed{…}` counts before
 * all else.
 */
export const readLetters = (text: string, options: readonly Option[]): readonly string[] | null => {
  const tokens = readTokens(text)
  const boxes = boxed(tokens)
  const [first] = boxes
  if (first === undefined) return readPlain(tokens, options)
  const [read, ...others] = boxes.map(box => readPlain(box, options))
  return others.every(letters => letters?.join() === read?.join()) ? (read ?? null) : null
}
