import type { Segment, Template } from './template.ts'

/** A tag of the template as it stands in a text; offsets as in the text that was scanned. */
export interface TagMark {
  /** Index of the tag in the template's segments. */
  readonly segment: number
  readonly kind: 'open' | 'close'
  readonly start: number
  readonly end: number
}

/** Where each tag of a template stands, and the characters that its longest tag takes in a text. */
interface Tags {
  readonly index: ReadonlyMap<string, number>
  readonly longest: number
}

const tags = new WeakMap<readonly Segment<string>[], Tags>()

const tagsOf = (segments: readonly Segment<string>[]): Tags => {
  const known = tags.get(segments)
  if (known !== undefined) return known
  const index = new Map(segments.map(({ tag }, i) => [tag, i]))
  const found = { index, longest: Math.max(...segments.map(({ tag }) => tag.length)) + 3 }
  tags.set(segments, found)
  return found
}

/** Every tag of the template in the text, in order. One linear pass; other angle brackets are plain text. */
export const scan = <K extends string, T extends string>(
  template: Template<K, T>,
  text: string,
): readonly TagMark[] => {
  const { index, longest } = tagsOf(template.segments)
  const marks: TagMark[] = []
  for (let at = text.indexOf('<'); at !== -1; at = text.indexOf('<', at + 1)) {
    const kind = text[at + 1] === '/' ? 'close' : 'open'
    const from = at + (kind === 'close' ? 2 : 1)
    const to = text.slice(from, at + longest).indexOf('>')
    if (to === -1) continue
    const segment = index.get(text.slice(from, from + to))
    if (segment === undefined) continue
    marks.push({ segment, kind, start: at, end: from + to + 1 })
    at = from + to
  }
  return marks
}

/** White space of templates: space, tab, line feed, carriage return, form feed, vertical tab. */
const isWhite = (code: number): boolean => code === 32 || (code >= 9 && code <= 13)

/** The first offset in [from, to) that is not white space, or `to`. */
export const skipWhite = (text: string, from: number, to: number): number => {
  let at = from
  while (at < to && isWhite(text.charCodeAt(at))) at++
  return at
}

/** Where the run of white space that ends at `end` starts, not before `from`. */
export const whiteBefore = (text: string, from: number, end: number): number => {
  let at = end
  while (at > from && isWhite(text.charCodeAt(at - 1))) at--
  return at
}
