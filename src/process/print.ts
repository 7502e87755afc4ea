import { either as E } from 'fp-ts'
import type { Fault } from '../flow/index.ts'
import { fault } from '../flow/index.ts'
import { scan } from './scan.ts'
import type { Template } from './template.ts'

/** A text holds one of the template's own tags. */
export type PrintFault = Fault<'TagInText'>

/**
 * Writes segments as one output: a space between processes, nothing inside one, as in VideoP2R's
 * `<observation>…</observation> <think>…</think><answer>…</answer>`. The inverse of `parse`: what it writes reads back
 * as the same texts. Left when a text holds a tag of the template, because no reader could tell it apart.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { print, videoP2R } from 'kinograd/process'
 *
 * const chain = print(videoP2R, { observation: 'a ball', think: 'one', answer: '1' })
 * assert.deepEqual(chain, E.right('<observation>a ball</observation> <think>one</think><answer>1</answer>'))
 * ```
 */
export const print = <K extends string, T extends string>(
  template: Template<K, T>,
  segments: Readonly<Record<T, string>>,
): E.Either<PrintFault, string> => {
  const parts: string[] = []
  for (const [i, { tag, process }] of template.segments.entries()) {
    const inner = segments[tag]
    const mark = scan(template, inner)[0]
    if (mark !== undefined)
      return E.left(
        fault(
          'TagInText',
          `the text of "${tag}" holds ${inner.slice(mark.start, mark.end)} at ${mark.start}`,
          'Take the tags of the template out of the text, or name the tags of the template otherwise.',
        ),
      )
    const before = template.segments[i - 1]
    parts.push(before !== undefined && before.process !== process ? ' ' : '', `<${tag}>`, inner, `</${tag}>`)
  }
  return E.right(parts.join(''))
}
