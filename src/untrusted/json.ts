import { either as E } from 'fp-ts'
import { cut } from './brief.ts'

/**
 * How deep JSON of others may be nested: as deep as serde_json goes, with which Hugging Face's own readers parse. What
 * walks through values may then be recursive.
 */
export const nestingLimit = 128

/** Whether the text has at most so many opening brackets, wherever they stand. Most texts have, and this is quick. */
const hasFewBrackets = (text: string, most: number): boolean => {
  let count = 0
  for (const bracket of ['[', '{'])
    for (let at = text.indexOf(bracket); at >= 0; at = text.indexOf(bracket, at + 1)) if (++count > most) return false
  return true
}

const [quote, backslash] = [0x22, 0x5c]

/** The place of the quote that ends the string which begins at `start`; the text's length where none does. */
const endOfString = (text: string, start: number): number => {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === quote) return at
    if (code === backslash) at++
  }
  return text.length
}

/** The place of the first bracket that stands deeper than the limit; −1 where none does. */
const tooDeepAt = (text: string, limit: number): number => {
  if (hasFewBrackets(text, limit)) return -1
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === quote) at = endOfString(text, at)
    else if (code === 0x5b || code === 0x7b) {
      if (++depth > limit) return at
    } else if (code === 0x5d || code === 0x7d) depth--
  }
  return -1
}

/** Whether a text, of JSON or of its beginning, is nested deeper than that limit. Linear. */
export const isTooDeep = (text: string): boolean => tooDeepAt(text, nestingLimit) >= 0

/**
 * The value of a JSON text that somebody else wrote. `Left` says in few words what the text is instead: `is not JSON: …`, or
 * `is nested deeper than 128 levels …`, which is seen before anything is built. Linear.
 */
export const parseJson = (text: string, depth = nestingLimit): E.Either<string, unknown> => {
  const deep = tooDeepAt(text, depth)
  if (deep >= 0) return E.left(`is nested deeper than ${depth} levels at character ${deep}`)
  return E.tryCatch(
    (): unknown => JSON.parse(text),
    error => `is not JSON: ${cut(error instanceof Error ? error.message : String(error), 200)}`,
  )
}
