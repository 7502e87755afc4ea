import { isGlued, isMark, type Token } from '../text/token.ts'

/** Digits as they were written, with what separates thousands taken out. */
export interface Digits {
  readonly whole: string
  /** Digits behind the decimal point; empty when there are none. */
  readonly fraction: string
  /** The token behind them. */
  readonly next: number
  /** Set where the separators stand as they do in no number ("1.2.3", "12,3,4"). */
  readonly broken: boolean
}

/** Most digits that a number may have: integers of any size that a person would write, and no minutes of arithmetic. */
const mostDigits = 1000
const separators = ",.'_٬٫"

interface Chain {
  readonly parts: readonly string[]
  readonly marks: readonly string[]
  readonly next: number
}

/** What a chain may go on with behind a space. */
interface Spaces {
  /** Groups of three before the point: "1 000 000". */
  whole: boolean
  /** Groups of three behind it: "3.141 592". */
  fraction: boolean
}

const isGroupAfterSpace = (found: Token | undefined): found is Token =>
  found?.kind === 'digits' && found.gap && !found.line && found.text.length === 3

const chain = (tokens: readonly Token[], from: number): Chain => {
  const first = tokens[from]!.text
  const parts = [first]
  const marks: string[] = []
  const spaces: Spaces = { whole: first.length <= 3 && !first.startsWith('0'), fraction: false }
  let next = from + 1
  for (;;) {
    const separator = tokens[next]
    const glued = separator?.kind === 'mark' && !separator.gap && separators.includes(separator.text)
    const digits = tokens[next + 1]
    if (glued && digits?.kind === 'digits' && !digits.gap && (separator.text !== "'" || digits.text.length === 3)) {
      spaces.fraction = separator.text === '.' && marks.length === 0 && digits.text.length === 3
      spaces.whole = false
      marks.push(separator.text)
      parts.push(digits.text)
      next += 2
    } else if ((spaces.whole || spaces.fraction) && isGroupAfterSpace(separator)) {
      marks.push(' ')
      parts.push(separator.text)
      next++
    } else return { parts, marks, next }
  }
}

const all = (parts: readonly string[], size: number): boolean => parts.every(part => part.length === size)

/** Whether the parts are groups as people write them: by three, in India by two before the last three, by four. */
const isGrouped = (parts: readonly string[], mark: string): boolean => {
  const first = parts[0]!
  const rest = parts.slice(1)
  if (first.startsWith('0')) return false
  if (first.length <= 3 && all(rest, 3)) return true
  if (mark !== ',' || rest.length < 2) return false
  const indian = first.length <= 2 && all(rest.slice(0, -1), 2) && rest.at(-1)!.length === 3
  return indian || (first.length <= 4 && all(rest, 4))
}

type Reading = Omit<Digits, 'next'>
const broken: Reading = { whole: '', fraction: '', broken: true }
const read = (whole: readonly string[], fraction: readonly string[]): Reading => ({
  whole: whole.join(''),
  fraction: fraction.join(''),
  broken: false,
})

/** One separator: a full stop is a decimal point; a comma is one where it does not stand as a thousands separator. */
const readOne = (whole: string, rest: string, mark: string): Reading => {
  if (mark === '.' || mark === '٫') return read([whole], [rest])
  if (mark === '_' || isGrouped([whole, rest], mark)) return read([whole, rest], [])
  const decimal = mark === ',' && (rest.length !== 3 || whole === '0' || whole.length > 3)
  return decimal ? read([whole], [rest]) : broken
}

const interpret = ({ parts, marks }: Chain): Reading => {
  const [mark] = marks
  if (mark === undefined) return read(parts, [])
  const last = marks.at(-1)!
  if (marks.length === 1) return readOne(parts[0]!, parts[1]!, mark)
  if (marks.every(m => m === mark))
    return mark === '_' || (mark !== '٫' && isGrouped(parts, mark)) ? read(parts, []) : broken
  if (marks.slice(1).every(m => m === ' ')) return read(parts.slice(0, 1), parts.slice(1))
  const uniform = marks.slice(0, -1).every(m => m === mark)
  const decimal = uniform && '.,٫'.includes(last) && isGrouped(parts.slice(0, -1), mark)
  if (decimal) return read(parts.slice(0, -1), parts.slice(-1))
  return broken
}

/** Reads digits with their separators from a token on; null when there are none. ".5" is read, "5." too. */
export const digitsAt = (tokens: readonly Token[], at: number): Digits | null => {
  if (isMark(tokens, at, '.,') && tokens[at + 1]?.kind === 'digits' && isGlued(tokens, at + 1)) {
    const fraction = chain(tokens, at + 1)
    return fraction.marks.length === 0 && tokens[at]!.text === '.'
      ? { whole: '', fraction: fraction.parts[0]!, broken: false, next: fraction.next }
      : { ...broken, next: fraction.next }
  }
  if (tokens[at]?.kind !== 'digits') return null
  const found = chain(tokens, at)
  const reading = interpret(found)
  const long = reading.whole.length + reading.fraction.length > mostDigits
  return { ...reading, broken: reading.broken || long, next: found.next }
}
