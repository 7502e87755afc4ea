import { either as E } from 'fp-ts'
import { byName } from './by-name.ts'
import { type ParseFault, parseFault } from './parse.ts'
import { scan, skipWhite, type TagMark } from './scan.ts'
import type { Template } from './template.ts'

/** The texts of one process's segments by tag. */
export type ProcessTexts<T extends string> = Readonly<Partial<Record<T, string>>>

const shown = <K extends string, T extends string>(template: Template<K, T>, mark: TagMark): string =>
  `<${mark.kind === 'open' ? '' : '/'}${template.segments[mark.segment]?.tag}>`

/** The fault of the tags of one process, if there is one. */
const faultOf = <K extends string, T extends string>(
  template: Template<K, T>,
  process: K,
  text: string,
  marks: readonly TagMark[],
): ParseFault | null => {
  const own: number[] = []
  for (let i = 0; i < template.segments.length; i++) if (template.segments[i]!.process === process) own.push(i)
  const first = own[0] ?? 0
  const last = own.at(-1) ?? 0
  const processAt = (segment: number): K | undefined => template.segments[segment]?.process
  let expected = 0
  for (let i = 0; i < marks.length; i++) {
    const mark = marks[i]!
    if (processAt(mark.segment) !== process) {
      const misplaced = expected > 0 && expected < own.length * 2
      if (misplaced || (expected === 0 && mark.segment > last) || (expected > 0 && mark.segment < first))
        return parseFault('UnexpectedTag', mark.start, `${shown(template, mark)} stands where "${process}" should`)
      continue
    }
    const wanted = own[expected >> 1]
    const kind = expected % 2 === 0 ? 'open' : 'close'
    if (mark.segment !== wanted || mark.kind !== kind)
      return parseFault('UnexpectedTag', mark.start, `${shown(template, mark)} is not the next tag of "${process}"`)
    const before = marks[i - 1]
    if (kind === 'open' && before?.kind !== 'open') {
      const outside = skipWhite(text, before?.end ?? 0, mark.start)
      if (outside < mark.start)
        return parseFault('TextOutside', outside, `text before ${shown(template, mark)}, outside every segment`)
    }
    expected++
  }
  if (expected < own.length * 2) {
    const missing = template.segments[own[expected >> 1] ?? 0]?.tag
    return parseFault('MissingTag', text.length, `the text ends before <${expected % 2 === 0 ? '' : '/'}${missing}>`)
  }
  const end = marks.at(-1)
  if (end !== undefined && last === template.segments.length - 1) {
    const outside = end.segment === last ? skipWhite(text, end.end, text.length) : text.length
    if (outside < text.length) return parseFault('TextOutside', outside, 'text after the last segment')
  }
  return null
}

/**
 * Reads each process by itself: Right with its texts when its segments stand once each, well closed, in order and in
 * their place among the others, with only white space before them (and, for the last process, after them). One process
 * can be right where another is not, which is what a format reward a process needs; all are right exactly when `parse`
 * accepts the text.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { parseProcesses, videoP2R } from 'kinograd/process'
 *
 * const { perception, reasoning } = parseProcesses(videoP2R, '<observation>a ball</observation> <think>so</think>')
 * assert.deepEqual(perception, E.right({ observation: 'a ball' }))
 * assert(E.isLeft(reasoning) && reasoning.left._tag === 'MissingTag')
 * ```
 */
export const parseProcesses = <K extends string, T extends string>(
  template: Template<K, T>,
  text: string,
): Readonly<Record<K, E.Either<ParseFault, ProcessTexts<T>>>> => {
  const marks = scan(template, text)
  return byName(template.processes, process => {
    const fault = faultOf(template, process, text, marks)
    const texts: Partial<Record<T, string>> = {}
    for (let i = 0; i < marks.length; i++) {
      const mark = marks[i]!
      const segment = template.segments[mark.segment]
      const close = marks[i + 1]
      if (segment?.process === process && mark.kind === 'open' && close !== undefined)
        texts[segment.tag] = text.slice(mark.end, close.start)
    }
    return fault === null ? E.right(texts) : E.left(fault)
  })
}
