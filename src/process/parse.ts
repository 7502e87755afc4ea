import { either as E } from 'fp-ts'
import type { Fault } from '../flow/index.ts'
import { fault } from '../flow/index.ts'
import { byName } from './by-name.ts'
import { scan, skipWhite } from './scan.ts'
import type { Template } from './template.ts'

/** Why a text does not follow its template, and where: `position` is an offset in UTF-16 units. */
export interface ParseFault extends Fault<'MissingTag' | 'UnexpectedTag' | 'TextOutside'> {
  readonly position: number
}

/** Half-open range of offsets in UTF-16 units. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** A text that follows its template. The text of a segment is what stands between its tags, white space included. */
export interface Parsed<K extends string, T extends string = string> {
  readonly template: Template<K, T>
  readonly segments: Readonly<Record<T, string>>
  readonly spans: Readonly<Record<T, Span>>
}

const remedy = 'Write every segment of the template once, in order, with only white space around the segments.'

export const parseFault = (tag: ParseFault['_tag'], position: number, cause: string): ParseFault => ({
  ...fault(tag, `at ${position}: ${cause}`, remedy),
  position,
})

const tagText = (kind: 'open' | 'close', tag: string): string => (kind === 'open' ? `<${tag}>` : `</${tag}>`)

/**
 * Reads an output by its template: exactly one of each segment, in order, white space free around them. Tags are
 * case-sensitive and no segment may hold a tag of the template. Linear in the length of the text; the segments share
 * its memory. Left with the position and the reason of the first departure.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { parse, videoP2R } from 'kinograd/process'
 *
 * const read = parse(videoP2R, '<observation>a ball</observation> <think>one</think><answer>1</answer>')
 * assert(E.isRight(read) && read.right.segments.observation === 'a ball')
 * ```
 */
export const parse = <K extends string, T extends string>(
  template: Template<K, T>,
  text: string,
): E.Either<ParseFault, Parsed<K, T>> => {
  const marks = scan(template, text)
  const found = new Map<T, Span>()
  let end = 0
  for (let i = 0; i < template.segments.length * 2; i++) {
    const segment = i >> 1
    const kind = i % 2 === 0 ? 'open' : 'close'
    const { tag } = template.segments[segment]!
    const mark = marks[i]
    const wanted = tagText(kind, tag)
    if (kind === 'open') {
      const outside = skipWhite(text, end, mark?.start ?? text.length)
      if (outside < (mark?.start ?? text.length))
        return E.left(parseFault('TextOutside', outside, `text where ${wanted} should stand`))
    }
    if (mark === undefined) return E.left(parseFault('MissingTag', text.length, `the text ends before ${wanted}`))
    if (mark.segment !== segment || mark.kind !== kind) {
      const instead = tagText(mark.kind, template.segments[mark.segment]?.tag ?? '')
      return E.left(parseFault('UnexpectedTag', mark.start, `${instead} where ${wanted} should stand`))
    }
    if (kind === 'close') found.set(tag, { start: end, end: mark.start })
    end = mark.end
  }
  const extra = marks[template.segments.length * 2]
  const outside = skipWhite(text, end, extra?.start ?? text.length)
  if (outside < (extra?.start ?? text.length))
    return E.left(parseFault('TextOutside', outside, 'text after the last segment'))
  if (extra !== undefined)
    return E.left(parseFault('UnexpectedTag', extra.start, 'a tag of the template after the last segment'))
  const tags = template.segments.map(({ tag }) => tag)
  const spans = byName(tags, tag => found.get(tag)!)
  const segments = byName(tags, tag => text.slice(spans[tag].start, spans[tag].end))
  return E.right({ template, segments, spans })
}
