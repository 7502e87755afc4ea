import { either as E } from 'fp-ts'
import { brief } from '../../untrusted/index.ts'
import { isJsonObject } from './json-file.ts'

/** A token that a tokenizer finds in a text before it splits it: what tokenizer.json says of it. */
export interface AddedToken {
  readonly id: number
  readonly content: string
  readonly special: boolean
  /** Not inside a word. */
  readonly singleWord: boolean
  /** White space before it goes. */
  readonly lstrip: boolean
  /** White space after it goes. */
  readonly rstrip: boolean
  /** It is looked for in the normalised text. */
  readonly normalized: boolean
}

/** A part of a text: an added token, or what stands between two. */
export type Section = AddedToken | string

/** `added_tokens` of a tokenizer.json. `Left` says which is none. */
export const addedTokens = (given: unknown): E.Either<string, readonly AddedToken[]> => {
  if (!Array.isArray(given)) return E.left(`added_tokens is ${brief(given)}, not a list`)
  return E.traverseArray((token: unknown): E.Either<string, AddedToken> => {
    const { id, content, ...flags } = isJsonObject(token) ? token : {}
    const flag = (name: string) => flags[name] === true
    return typeof id === 'number' && Number.isInteger(id) && id >= 0 && typeof content === 'string'
      ? E.right({
          ...{ id, content, special: flag('special'), normalized: flag('normalized') },
          ...{ singleWord: flag('single_word'), lstrip: flag('lstrip'), rstrip: flag('rstrip') },
        })
      : E.left(`added_tokens holds ${brief(token)}, no token with id and content`)
  })(given)
}

/** Rust's `\w` and `\s`, by which the original tells words and white space. */
const word = String.raw`[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]`
const [endsInWord, beginsWithWord] = [new RegExp(`${word}$`, 'u'), new RegExp(`^${word}`, 'u')]
const spaceAfter = /^\p{White_Space}*/u
const isSpace = /\p{White_Space}/u

/** Where the white space begins that ends before a place, no further back than `from`. White space has no character of two halves. */
const spaceBefore = (text: string, place: number, from: number): number => {
  let at = place
  while (at > from && isSpace.test(text[at - 1]!)) at--
  return at
}

const escaped = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')

/**
 * Gives a function that finds tokens in a text, the longest at each place, and cuts it there. A token that may only be a word of its own
 * and is not is passed over; white space that a token strips belongs to no part. Source: `find_matches` in tokenizers'
 * added_vocabulary.rs, with which it agrees also where tokens stand next to each other. `spelled` says how a token is looked for.
 */
export const splitterOf = (
  tokens: readonly AddedToken[],
  spelled: (content: string) => string = content => content,
): ((text: string) => readonly Section[]) => {
  const named = tokens.map(token => [spelled(token.content), token] as const)
  const byText: ReadonlyMap<string, AddedToken> = new Map(named.filter(([text]) => text !== ''))
  if (byText.size === 0) return text => (text === '' ? [] : [text])
  const longestFirst = [...byText.keys()].sort((a, b) => b.length - a.length)
  const pattern = new RegExp(longestFirst.map(escaped).join('|'), 'gu')
  return text => {
    const sections: Section[] = []
    let begin = 0
    for (const { 0: found, index } of text.matchAll(pattern)) {
      const token = byText.get(found)
      const end = index + found.length
      if (token === undefined || (token.singleWord && insideWord(text, index, end))) continue
      const from = token.lstrip ? spaceBefore(text, index, begin) : index
      if (begin < from) sections.push(text.slice(begin, from))
      sections.push(token)
      begin = token.rstrip ? end + (spaceAfter.exec(text.slice(end))?.[0].length ?? 0) : end
    }
    if (begin < text.length) sections.push(text.slice(begin))
    return sections
  }
}

const insideWord = (text: string, begin: number, end: number): boolean =>
  endsInWord.test(text.slice(Math.max(0, begin - 2), begin)) || beginsWithWord.test(text.slice(end, end + 2))
