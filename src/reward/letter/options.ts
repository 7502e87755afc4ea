import { readTokens } from '../answer-tokens.ts'
import type { Mention } from '../commitment/mention.ts'
import type { Token } from '../text/token.ts'

/** An option of a record, as the readers compare it. */
export interface Option {
  readonly letter: string
  /** Its words and digits, in lower case, without its letter and an article before. */
  readonly words: readonly string[]
  /** As the record writes it, without its letter. */
  readonly text: string
}

const articles = new Set(['a', 'an', 'the'])
const wordsOf = (tokens: readonly Token[]): readonly string[] =>
  tokens.flatMap(({ kind, low }) => (kind === 'word' || kind === 'digits' ? [low] : []))

/** The words of tokens as options are compared: without an article at their beginning, of which a label is none. */
export const bareWordsOf = (tokens: readonly Token[]): readonly string[] => {
  const words = wordsOf(tokens)
  return articles.has(words[0]!) && tokens[1]?.kind === 'word' ? words.slice(1) : words
}

/** The same of a text. */
export const bareWords = (text: string): readonly string[] => bareWordsOf(readTokens(text))

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
/** So many options have a letter; further ones are not read. */
export const mostOptions = letters.length

const labelled = /^\s*[([]?([A-Za-z])\s?[.):\]、．：）]\s*/u

/** The options of a record: "A. …", "(B) …", or texts alone, which are lettered in their order. */
export const readOptions = (options: readonly string[]): readonly Option[] => {
  const marks = options.map(option => labelled.exec(option))
  const inOrder = marks.every((mark, i) => mark !== null && mark[1]!.toUpperCase() === letters.charAt(i))
  return options.slice(0, mostOptions).map((option, i) => {
    const text = inOrder ? option.slice(marks[i]![0].length) : option
    return { letter: letters.charAt(i), words: bareWords(text), text }
  })
}

/** Where a sequence of words stands among others (Knuth, Morris and Pratt); time linear in both. */
export const occurrences = (words: readonly string[], sought: readonly string[]): readonly number[] => {
  if (sought.length === 0) return []
  const back = [0]
  let length = 0
  for (const word of sought.slice(1)) {
    while (length > 0 && word !== sought[length]) length = back[length - 1]!
    if (word === sought[length]) length++
    back.push(length)
  }
  const found: number[] = []
  length = 0
  for (const [i, word] of words.entries()) {
    while (length > 0 && word !== sought[length]) length = back[length - 1]!
    if (word === sought[length]) length++
    if (length === sought.length) {
      found.push(i - length + 1)
      length = back[length - 1]!
    }
  }
  return found
}

/**
 * The options whose text stands in an answer, in their order; one inside a longer one ("ball" in "red ball") is not
 * counted.
 */
export const optionMentions = (tokens: readonly Token[], options: readonly Option[]): readonly Mention<string>[] => {
  const places = tokens.flatMap(({ kind }, at) => (kind === 'word' || kind === 'digits' ? [at] : []))
  const words = places.map(at => tokens[at]!.low)
  const found = options.flatMap(option =>
    occurrences(words, option.words).map(at => ({
      value: option.letter,
      key: option.letter,
      from: places[at]!,
      next: places[at + option.words.length - 1]! + 1,
    })),
  )
  const sorted = found.toSorted((a, b) => a.from - b.from || b.next - a.next)
  const kept: Mention<string>[] = []
  let end = 0
  for (const mention of sorted) {
    const last = kept.at(-1)
    const twin = last !== undefined && last.from === mention.from && last.next === mention.next
    if (mention.next <= end && !twin) continue
    kept.push(mention)
    end = mention.next
  }
  return kept
}
