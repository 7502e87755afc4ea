/**
 * Python's text and number rules where the reference's rewards depend on them: what counts as white space, what
 * `float` reads, how `round` breaks ties, how `min` and `max` order NaN.
 */

/** `str.isspace` of single characters: what Python's `strip`, `split` and the pattern `\s` go by. */
const white = '\\t-\\r\\x1c-\\x1f \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000'
const whiteRun = new RegExp(`[${white}]+`)
const whiteOne = new RegExp(`[${white}]`)

export const isSpace = (character: string): boolean => whiteOne.test(character)

/** `str.strip()`, linear. */
export const strip = (text: string): string => {
  let start = 0
  let end = text.length
  while (isSpace(text.charAt(start))) start++
  while (isSpace(text.charAt(end - 1))) end--
  return text.slice(start, end)
}

/** `str.split()`: words between white space, none empty. */
export const words = (text: string): readonly string[] => text.split(whiteRun).filter(word => word !== '')

const decimal = /^\p{Nd}$/u

/** The value of a decimal digit of any script: every run of such digits starts at a zero and holds whole tens. */
const digitValue = (point: number): number => {
  let zero = point
  while (zero > 0 && decimal.test(String.fromCodePoint(zero - 1))) zero--
  return (point - zero) % 10
}

/** The value of a decimal digit of any script; null for every other character. */
export const decimalDigit = (point: number): number | null => {
  if (point < 127) return point >= 48 && point <= 57 ? point - 48 : null
  return decimal.test(String.fromCodePoint(point)) ? digitValue(point) : null
}

const ascii = (text: string): string =>
  Array.from(text, c => {
    const point = c.codePointAt(0) ?? 0
    if (point < 127) return c
    return isSpace(c) ? ' ' : String(decimalDigit(point) ?? '?')
  }).join('')

const digits = '[0-9]+(?:_[0-9]+)*'
const number = new RegExp(`^[+-]?(?:${digits}(?:\\.(?:${digits})?)?|\\.${digits})(?:[eE][+-]?${digits})?$`)
const special = /^([+-]?)(inf|infinity|nan)$/i

/** What `float` takes off both ends of a text that is ASCII by then: space, tab to carriage return. Linear. */
const bare = (text: string): string => {
  const white = (at: number): boolean => text[at] === ' ' || (text.charCodeAt(at) >= 9 && text.charCodeAt(at) <= 13)
  let start = 0
  let end = text.length
  while (white(start)) start++
  while (white(end - 1)) end--
  return text.slice(start, end)
}

/** `float(text)`; null where Python raises. Underscores, digits of any script, inf and nan are numbers to Python. */
export const float = (text: string): number | null => {
  const plain = bare(ascii(text))
  const named = special.exec(plain)
  if (named !== null) {
    const size = named[2]?.toLowerCase() === 'nan' ? Number.NaN : Number.POSITIVE_INFINITY
    return named[1] === '-' ? -size : size
  }
  return number.test(plain) ? Number(plain.replaceAll('_', '')) : null
}

/** `round(x, 2)`: by the exact binary value, ties to the even digit. A tie is an odd number of eighths, nothing else. */
export const round2 = (x: number): number => {
  if (!Number.isFinite(x) || Math.abs(x) >= 2 ** 52) return x
  const eighths = x * 8
  if (!Number.isInteger(eighths) || eighths % 2 === 0) return Number(x.toFixed(2))
  const below = Math.floor(x * 100)
  return (below % 2 === 0 ? below : below + 1) / 100
}

/** `min(low, …)` and `max(high, …)` in Python's order: a second argument that is NaN loses. */
export const pyMin = (first: number, second: number): number => (Number.isNaN(second) ? first : Math.min(first, second))
export const pyMax = (first: number, second: number): number => (Number.isNaN(second) ? first : Math.max(first, second))
