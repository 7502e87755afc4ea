import { frozenOwners, type Owners } from '../advantage/index.ts'
import { byName } from './by-name.ts'
import { scan, whiteBefore } from './scan.ts'
import type { Template } from './template.ts'

/** Which process each token of a completion belongs to, and how many tokens of each process hold its inner text. */
export interface Assignment<K extends string> {
  /** One a token: its process, or null outside every segment. */
  readonly owners: Owners<K>
  /** Tokens that hold any of the text between the tags of the process's segments. */
  readonly innerTokens: Readonly<Record<K, number>>
}

/** How the end of a completion is read. */
export interface AssignOptions {
  /** The last piece is the end-of-sequence token: it is no part of the text and belongs to the last process. */
  readonly ended?: boolean
}

/** A segment that is there: from the white space before its opening tag to the end of its closing tag. */
interface Found<K> {
  readonly process: K
  readonly start: number
  readonly innerStart: number
  readonly innerEnd: number
  readonly end: number
}

/** Segments that are there, well closed, in order of the text, whatever else is wrong with it. */
const find = <K extends string, T extends string>(template: Template<K, T>, text: string): readonly Found<K>[] => {
  const marks = scan(template, text)
  return marks.flatMap((open, i) => {
    const close = marks[i + 1]
    const segment = template.segments[open.segment]
    if (segment === undefined || open.kind !== 'open' || close?.kind !== 'close' || close.segment !== open.segment)
      return []
    const start = whiteBefore(text, marks[i - 1]?.end ?? 0, open.start)
    return [{ process: segment.process, start, innerStart: open.end, innerEnd: close.start, end: close.end }]
  })
}

const assign = <K extends string, T extends string>(
  template: Template<K, T>,
  text: string,
  lengths: readonly number[],
  ended: boolean,
): Assignment<K> => {
  const found = find(template, text)
  const owners: (K | null)[] = []
  const innerTokens = byName(template.processes, () => 0)
  let first = 0
  let start = 0
  for (const length of lengths) {
    const end = start + length
    while ((found[first]?.end ?? Number.POSITIVE_INFINITY) <= start) first++
    const here = found[first]
    owners.push(here !== undefined && here.start <= start ? here.process : null)
    let counted: K | undefined
    for (let i = first; i < found.length; i++) {
      const { process, start: from, innerStart, innerEnd } = found[i]!
      if (from >= end) break
      if (process === counted || Math.max(start, innerStart) >= Math.min(end, innerEnd)) continue
      innerTokens[process]++
      counted = process
    }
    start = end
  }
  const last = template.processes.at(-1) ?? null
  if (ended) owners.push(found.some(({ process }) => process === last) ? last : null)
  return { owners: frozenOwners(owners), innerTokens }
}

/**
 * Which process each token belongs to, from the tokens themselves: `pieces` are the decoded texts of the completion's
 * tokens, whose concatenation is the text. A segment owns its tags and the white space before it; a token belongs to
 * the segment that holds its first character, and counts for a length if it holds any character of the inner text
 * (once a process). Malformed texts too: segments that are well closed get their tokens, all others get none. The
 * end-of-sequence token belongs to the last process, if any segment of it is there. Linear in the text.
 *
 * Tokenisers whose tokens split a character give no such pieces: use `assignTokenBytes`.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { assignTokens, template } from 'kinograd/process'
 *
 * const two = template({ perception: ['seen'], reasoning: ['answer'] })
 * const { owners, innerTokens } = assignTokens(two, ['<seen>', 'a', ' ball', '</seen>', ' <answer>', '3', '</answer>'])
 * assert.deepEqual(owners.slice(2, 5), ['perception', 'perception', 'reasoning'])
 * assert.deepEqual(innerTokens, { perception: 2, reasoning: 1 })
 * ```
 */
export const assignTokens = <K extends string, T extends string>(
  template: Template<K, T>,
  pieces: readonly string[],
  { ended = false }: AssignOptions = {},
): Assignment<K> => {
  const spoken = ended ? pieces.slice(0, -1) : pieces
  return assign(
    template,
    spoken.join(''),
    spoken.map(piece => piece.length),
    ended && pieces.length > 0,
  )
}

/**
 * `assignTokens` for byte-level tokenisers: `pieces` are the UTF-8 bytes of the tokens, which may split a character.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { assignTokenBytes, template } from 'kinograd/process'
 *
 * const one = template({ reasoning: ['answer'] })
 * const bytes = new TextEncoder().encode('<answer>é</answer>')
 * const { innerTokens } = assignTokenBytes(one, [bytes.slice(0, 9), bytes.slice(9)])
 * assert.equal(innerTokens.reasoning, 2)
 * ```
 */
export const assignTokenBytes = <K extends string, T extends string>(
  template: Template<K, T>,
  pieces: readonly Uint8Array[],
  { ended = false }: AssignOptions = {},
): Assignment<K> => {
  const spoken = ended ? pieces.slice(0, -1) : pieces
  const bytes = new Uint8Array(spoken.reduce((sum, piece) => sum + piece.length, 0))
  let at = 0
  for (const piece of spoken) {
    bytes.set(piece, at)
    at += piece.length
  }
  // One character a byte: tags and white space are ASCII, and no byte of a longer character is.
  const text = new TextDecoder('latin1').decode(bytes)
  return assign(
    template,
    text,
    spoken.map(piece => piece.length),
    ended && pieces.length > 0,
  )
}
