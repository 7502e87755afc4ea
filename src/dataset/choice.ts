import { either as E } from 'fp-ts'
import { brief } from '../untrusted/index.ts'
import { isRow } from './extra.ts'
import { options as listOrText } from './fields.ts'
import { labelled, labelOf, letterAt, saidBy } from './options.ts'

const isText = (value: unknown): value is string => typeof value === 'string'

/** How an answer that is a number counts the options. */
export type Counting = 'from 0' | 'from 1'

/**
 * Options as data sets hold them, as texts "A. …": a list, or an object from letter to text (VCR-Bench, Video-Holmes), or a text that
 * holds a list. Empty ones at the end are none. Left: what is expected instead.
 */
export const optionTexts = (value: unknown): E.Either<string, readonly string[]> => {
  if (value === undefined || value === null) return E.right([])
  if (isText(value)) {
    const read = listOrText.decode(value)
    return E.isRight(read)
      ? E.right(labelled(read.right))
      : E.left(`options: expected a list of texts, found ${brief(value)}`)
  }
  const list: unknown = isRow(value)
    ? Object.entries(value).map(([letter, said]) => (isText(said) && said !== '' ? `${letter}. ${said}` : ''))
    : value
  if (!Array.isArray(list)) return E.left(`options: expected a list or an object of texts, found ${brief(value)}`)
  const texts = list.map(one => (typeof one === 'number' ? String(one) : one === null || one === undefined ? '' : one))
  while (texts.length > 0 && texts.at(-1) === '') texts.pop()
  if (!texts.every(isText)) return E.left(`options: expected texts, found ${brief(value)}`)
  if (texts.includes('')) return E.left(`options: the one at place ${texts.indexOf('')} is empty`)
  return E.right(labelled(texts))
}

/**
 * The letter of the option that an answer means: its letter ("B", "(B)", "B."), the whole option ("B. a box"), what it says ("a box"), or
 * its number where `counting` says how options are counted. An answer that means none of them is given as it is: `checked` tells of it.
 */
export const letterOf = (options: readonly string[], answer: string, counting?: Counting): string => {
  const text = answer.trim()
  if (counting !== undefined && /^\d+$/.test(text)) {
    const place = Number(text) - (counting === 'from 1' ? 1 : 0)
    return options[place] === undefined ? text : letterAt(place)
  }
  const letters = options.map((option, place) => labelOf(option) ?? letterAt(place))
  if (letters.includes(text)) return text
  const whole = options.indexOf(text)
  if (whole >= 0) return letters[whole]!
  const label = labelOf(text)
  const place = label === undefined ? -1 : letters.indexOf(label)
  const said = saidBy(text)
  if (place >= 0 && (said === '' || said === saidBy(options[place]!))) return letters[place]!
  const same = options.flatMap((option, at) => (saidBy(option) === text ? [at] : []))
  return same.length === 1 ? letters[same[0]!]! : text
}
