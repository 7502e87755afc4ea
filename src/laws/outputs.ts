import fc from 'fast-check'
import type { Template } from '../process/index.ts'
import { byProcess } from './groups.ts'

/** A stretch of an output, the process that owns it, and whether it is inner text. */
interface Stretch<K extends string> {
  readonly text: string
  readonly owner: K | null
  readonly inner: boolean
}

/** An output cut into tokens, with what is true of it by the way it was built. */
export interface CutOutput<K extends string> {
  readonly pieces: readonly string[]
  readonly owners: readonly (K | null)[]
  readonly innerTokens: Readonly<Record<K, number>>
}

const bits = ['a', 'be ', ' ', '\n', '\r\n', '.', 'é', '日', '😀', '<', '</', '>', '<b>', '><', '-', '7']
const white = fc.constantFrom('', ' ', '\n', '\n\n', ' \t', '\r\n')

/** Text that holds no tag of the template, but much that looks like one. */
export const innerText = <K extends string>({ segments }: Template<K>): fc.Arbitrary<string> =>
  fc
    .array(fc.constantFrom(...bits, ...segments.map(({ tag }) => tag), ...segments.map(({ tag }) => `${tag}>`)), {
      maxLength: 8,
    })
    .map(parts => parts.join(''))
    .filter(text => !segments.some(({ tag }) => text.includes(`<${tag}>`) || text.includes(`</${tag}>`)))

type Damage = 'none' | 'missing' | 'unclosed' | 'unopened'

const stretches = <K extends string>(
  process: K,
  tag: string,
  [before, inner, junk, damage]: readonly [string, string, boolean, Damage],
): readonly Stretch<K>[] => {
  const owner = damage === 'none' ? process : null
  const open = { text: `<${tag}>`, owner, inner: false }
  const close = { text: `</${tag}>`, owner, inner: false }
  const middle = { text: inner, owner, inner: damage === 'none' }
  const lead: readonly Stretch<K>[] = [
    ...(junk ? [{ text: 'so', owner: null, inner: false }] : []),
    { text: before, owner, inner: false },
  ]
  if (damage === 'missing') return lead
  return [...lead, ...(damage === 'unopened' ? [] : [open]), middle, ...(damage === 'unclosed' ? [] : [close])]
}

/**
 * Cuts at random lengths, anywhere; every token knows its owner by the stretch of its first character, an empty one by
 * that of the next.
 */
const cut = <K extends string>(
  processes: readonly K[],
  parts: readonly Stretch<K>[],
  sizes: readonly number[],
): CutOutput<K> => {
  const text = parts.map(part => part.text).join('')
  const at = parts.flatMap(part => Array.from({ length: part.text.length }, () => part))
  // White space before a segment is the segment's, also where it ends what is left of a damaged one.
  for (let i = at.length - 1; i > 0; i--) {
    const after = at[i]
    if (after?.owner != null && at[i - 1]?.owner === null && /[ \t\r\n]/.test(text.charAt(i - 1)))
      at[i - 1] = { text: ' ', owner: after.owner, inner: false }
  }
  const pieces: string[] = []
  const owners: (K | null)[] = []
  const innerTokens: Record<K, number> = { ...byProcess(processes, () => 0) }
  for (let start = 0, i = 0; start < text.length; i++) {
    const end = Math.min(text.length, start + sizes[i % sizes.length]!)
    pieces.push(text.slice(start, end))
    owners.push(at[start]?.owner ?? null)
    const held = new Set(at.slice(start, end).flatMap(part => (part.inner && part.owner !== null ? [part.owner] : [])))
    for (const k of held) innerTokens[k]++
    start = end
  }
  return { pieces, owners, innerTokens }
}

const countOf = (text: string, part: string): number => text.split(part).length - 1

/** Whether the only tags are those that were put there: the end of one stretch and the start of the next can make another. */
const tagsAsBuilt = <K extends string>({ segments }: Template<K>, parts: readonly Stretch<K>[]): boolean => {
  const text = parts.map(part => part.text).join('')
  return segments
    .flatMap(({ tag }) => [`<${tag}>`, `</${tag}>`])
    .every(tag => countOf(text, tag) === parts.filter(part => part.text === tag).length)
}

/** Outputs of a template in tokens; with `damaged`, segments are missing or half there and text stands outside. */
export const cutOutput = <K extends string>(template: Template<K>, damaged: boolean): fc.Arbitrary<CutOutput<K>> => {
  const damage: fc.Arbitrary<Damage> = damaged
    ? fc.constantFrom('none', 'missing', 'unclosed', 'unopened')
    : fc.constant('none')
  const junk = damaged ? fc.boolean() : fc.constant(false)
  const segments = template.segments.map(() => fc.tuple(white, innerText(template), junk, damage))
  // Tokens longer than a tag, and empty ones; not all are empty, or the text would never end.
  const length = fc.oneof({ weight: 6, arbitrary: fc.integer({ min: 1, max: 9 }) }, fc.constantFrom(0, 14, 40))
  const sizes = fc.array(length, { minLength: 1, maxLength: 12 }).filter(all => all.some(n => n > 0))
  return fc
    .tuple(fc.tuple(...segments), sizes)
    .map(([given, cuts]) => {
      const parts = template.segments.flatMap(({ process, tag }, i) => stretches(process, tag, given[i]!))
      return { parts, cuts }
    })
    .filter(({ parts }) => tagsAsBuilt(template, parts))
    .map(({ parts, cuts }) => cut(template.processes, parts, cuts))
    .filter(({ pieces }) => pieces.length > 0)
}
