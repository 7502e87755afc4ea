import fc from 'fast-check'
import { either as E } from 'fp-ts'
import type { Template } from '../process/index.ts'
import { parse, print } from '../process/index.ts'
import { byProcess } from './groups.ts'
import { inOrder } from './in-order.ts'
import { type Law, law } from './law.ts'
import { innerText } from './outputs.ts'
import { couldGoOn, segmentsByDefinition } from './template-reader.ts'
import { mangled, soup } from './template-texts.ts'

/** A reader and a writer of one template's outputs. */
export interface TemplateSubject<T extends string> {
  readonly parse: (
    text: string,
  ) => E.Either<
    { readonly position: number; readonly cause: string },
    { readonly segments: Readonly<Record<T, string>> }
  >
  readonly print: (segments: Readonly<Record<T, string>>) => E.Either<unknown, string>
}

/** The words for what a reader makes of a text. */
const reads = (segments: Readonly<Record<string, string>> | null): string =>
  segments === null ? 'rejected' : `read as ${JSON.stringify(segments)}`

/** A reader and a writer under trial. */
interface Trying<K extends string, T extends string> {
  readonly template: Template<K, T>
  readonly subject: TemplateSubject<T>
  readonly tags: readonly T[]
  readonly segments: fc.Arbitrary<Readonly<Record<T, string>>>
  readonly printed: fc.Arbitrary<{
    readonly given: Readonly<Record<T, string>>
    readonly text: ReturnType<TemplateSubject<T>['print']>
  }>
}

const tryingOf = <K extends string, T extends string>(
  template: Template<K, T>,
  subject: TemplateSubject<T>,
): Trying<K, T> => {
  const tags = template.segments.map(({ tag }) => tag)
  const segments = fc
    .tuple(...tags.map(() => fc.oneof(innerText(template), fc.string({ unit: 'binary', maxLength: 12 }))))
    .map(texts => byProcess(tags, (_, i) => texts[i] ?? ''))
  const printed = segments.map(given => ({ given, text: subject.print(given) }))
  return { template, subject, tags, segments, printed }
}

const readBack = <K extends string, T extends string>({ subject, tags, printed }: Trying<K, T>): Law =>
  law(
    'what is printed reads back',
    'parse(print(x)) = x for all texts, white space included',
    printed,
    ({ given, text }) => {
      if (E.isLeft(text)) return 'print refuses texts without tags'
      const read = subject.parse(text.right)
      if (E.isLeft(read)) return `${JSON.stringify(text.right)} is rejected: ${read.left.cause}`
      const tag = tags.find(t => read.right.segments[t] !== given[t])
      return tag === undefined ? null : `"${tag}" became ${JSON.stringify(read.right.segments[tag])}`
    },
  )

const spaced = <K extends string, T extends string>({ subject, tags, printed }: Trying<K, T>): Law =>
  law(
    'white space around segments is free',
    'more of it changes nothing',
    fc.tuple(printed, fc.constantFrom(' ', '\n\n', '\t')),
    ([{ given, text }, white]) => {
      if (E.isLeft(text)) return 'print refuses texts without tags'
      const spaced = tags.reduce(
        (now, tag) => now.replace(`<${tag}>`, () => `${white}<${tag}>`).replace(`</${tag}>`, () => `</${tag}>${white}`),
        text.right,
      )
      const read = subject.parse(spaced)
      return E.isRight(read) && tags.every(t => read.right.segments[t] === given[t])
        ? null
        : `${JSON.stringify(spaced)} reads otherwise`
    },
  )

const strict = <K extends string, T extends string>({ template, subject, printed }: Trying<K, T>): Law =>
  law(
    'mangled outputs are rejected',
    'a tag too few, too many, or out of place, and text outside',
    fc.tuple(printed, fc.nat()),
    ([{ text }, pick]) => {
      if (E.isLeft(text)) return 'print refuses texts without tags'
      const ways = mangled(template, text.right)
      const [how, bad] = ways[pick % ways.length] ?? ['as it is', '']
      return E.isLeft(subject.parse(bad)) ? null : `the output ${how} is accepted: ${JSON.stringify(bad)}`
    },
  )

const placed = <K extends string, T extends string>({ template, subject, tags, printed }: Trying<K, T>): Law =>
  law(
    'a rejection has its position',
    'what stands before the position could still have become an output',
    fc.tuple(printed, fc.nat()),
    ([{ text }, pick]) => {
      if (E.isLeft(text)) return 'print refuses texts without tags'
      const ways = mangled(template, text.right)
      const [how, bad] = ways[pick % ways.length] ?? ['as it is', '']
      const read = subject.parse(bad)
      if (E.isRight(read)) return null
      const { position, cause } = read.left
      if (!Number.isInteger(position) || position < 0 || position > bad.length)
        return `position ${position} of ${bad.length}`
      let same = 0
      while (same < bad.length && bad[same] === text.right[same]) same++
      const longest = Math.max(...tags.map(tag => tag.length)) + 4
      return position >= same - longest || cause === ''
        ? null
        : `the output ${how} is right up to ${same}, position ${position} is told`
    },
  )

const careful = <K extends string, T extends string>({ subject, tags, segments }: Trying<K, T>): Law =>
  law(
    'a tag in a text is not printed',
    'nothing is written that reads back otherwise',
    fc.tuple(segments, fc.nat(), fc.boolean()),
    ([given, pick, open]) => {
      const tag = tags[pick % tags.length]!
      const held = { ...given, [tag]: `${given[tag]}${open ? `<${tag}>` : `</${tag}>`}` }
      return E.isLeft(subject.print(held)) ? null : `"${tag}" holding its own tag was printed`
    },
  )

const exact = <K extends string, T extends string>({ template, subject, tags }: Trying<K, T>): Law =>
  law(
    'what is read is an output',
    'and every output is read, its texts to the letter: the segments once and in order, white space around them',
    soup(template),
    text => {
      const read = subject.parse(text)
      const got = E.isRight(read) ? read.right.segments : null
      const wanted = segmentsByDefinition(template, text)
      if (got === null && wanted === null) return null
      const equal = got !== null && wanted !== null && tags.every(tag => got[tag] === wanted[tag])
      return equal ? null : `it is ${reads(got)}, and should be ${reads(wanted)}`
    },
    {
      shown: JSON.stringify,
      look: 'the grammar: a pattern that searches, other white space than ASCII, tags in other cases',
    },
  )

const departing = <K extends string, T extends string>({ template, subject, tags }: Trying<K, T>): Law =>
  law(
    'a rejection stands where the text departs',
    'up to the position it could still have become an output, and with the next tag it cannot',
    soup(template),
    text => {
      const read = subject.parse(text)
      if (E.isRight(read)) return null
      const { position } = read.left
      const longest = Math.max(...tags.map(tag => tag.length)) + 3
      if (!couldGoOn(template, text.slice(0, position))) return `position ${position} is behind the departure`
      const beyond = text.slice(0, position + longest)
      return position < text.length && couldGoOn(template, beyond) && beyond !== text
        ? `position ${position} is before the departure`
        : null
    },
    { shown: JSON.stringify, look: 'which position is told' },
  )

/**
 * The laws of a template's reader and writer, by default of `parse` and `print`: what is read and what is rejected is
 * compared with the definition of an output, for texts of tags in any order.
 *
 * ```ts
 * import { templateLaws } from 'kinograd/laws'
 * import { videoP2R } from 'kinograd/process'
 *
 * for (const law of templateLaws(videoP2R)) law.assert({ numRuns: 20 })
 * ```
 */
export const templateLaws = <K extends string, T extends string>(
  template: Template<K, T>,
  subject: TemplateSubject<T> = { parse: text => parse(template, text), print: segments => print(template, segments) },
): readonly Law[] =>
  inOrder([readBack, spaced, strict, placed, careful, exact, departing].map(make => make(tryingOf(template, subject))))
