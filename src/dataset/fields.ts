import { either as E } from 'fp-ts'
import * as t from 'io-ts'
import { parseJson } from '../untrusted/index.ts'
import { pythonList } from './python-list.ts'

/** A field that is read leniently and written in one way. `read` gives the value or what was expected instead. */
const field = <A>(
  name: string,
  is: (value: unknown) => value is A,
  read: (value: unknown) => E.Either<string, A>,
): t.Type<A, A, unknown> =>
  new t.Type(
    name,
    is,
    (value, context) =>
      E.fold(
        (message: string) => t.failure<A>(value, context, message),
        (right: A) => t.success(right),
      )(read(value)),
    t.identity,
  )

const isText = (value: unknown): value is string => typeof value === 'string'
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)
const isTexts = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every(isText)

const nothing = new Set(['', 'null', 'none', 'nan'])

/** A text that says something. */
export const someText = field('a text that is not empty', isText, value =>
  isText(value) && value.trim() !== '' ? E.right(value) : E.left('expected a text that is not empty'),
)

/** An identifier: a text or a whole number, kept as text. */
export const identifier = field('a text or a whole number', isText, value => {
  if (isText(value) && value.trim() !== '') return E.right(value)
  return isNumber(value) && Number.isSafeInteger(value)
    ? E.right(String(value))
    : E.left('expected a text or a whole number')
})

/** A number, or a text that is one (the published files of VideoP2R hold texts only). */
export const numeric = field('a number', isNumber, value => {
  const read = isText(value) && value.trim() !== '' ? Number(value) : value
  return isNumber(read) ? E.right(read) : E.left('expected a number')
})

/** A text that may be missing: null and a missing field read as the empty text. */
export const optionalText = field('a text or nothing', isText, value =>
  value === undefined || value === null ? E.right('') : isText(value) ? E.right(value) : E.left('expected a text'),
)

/** Options: a list of texts; null, a missing field, "", "[]", "None" are no options; a text may hold a JSON or Python list. */
export const options = field<readonly string[]>('a list of texts', isTexts, value => {
  if (value === undefined || value === null) return E.right([])
  if (isTexts(value)) return E.right(value)
  if (!isText(value)) return E.left('expected a list of texts')
  if (nothing.has(value.trim().toLowerCase())) return E.right([])
  const json = parseJson(value)
  if (E.isRight(json) && isTexts(json.right)) return E.right(json.right)
  return E.mapLeft((why: string) => `expected a list of texts (${why})`)(pythonList(value))
})

/** One of a few words. */
export const oneOf = <const W extends string>(words: readonly W[]): t.Type<W, W, unknown> => {
  const is = (value: unknown): value is W => words.some(word => word === value)
  const wanted = `expected one of ${words.map(word => `"${word}"`).join(', ')}`
  return field(wanted, is, value => (is(value) ? E.right(value) : E.left(wanted)))
}

/** What stands between the first `<answer>` and the `</answer>` behind it; linear, a pattern is not. */
export const tagged = (text: string): string | undefined => {
  const start = text.indexOf('<answer>')
  const end = start === -1 ? -1 : text.indexOf('</answer>', start)
  return end === -1 ? undefined : text.slice(start + '<answer>'.length, end).trim()
}

/** `solution`: the answer inside its tags, first match, stripped: `extract_answer` in src/r1-v/src/open_r1/grpo.py of Video-R1. */
export const solution = new t.Type<string, string, unknown>(
  'the answer inside <answer> tags',
  isText,
  (value, context) => {
    const answer = isText(value) ? tagged(value) : undefined
    return answer === undefined || answer === ''
      ? t.failure(value, context, 'expected <answer>…</answer> with an answer inside')
      : t.success(answer)
  },
  answer => `<answer>${answer}</answer>`,
)
