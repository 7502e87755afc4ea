import fc from 'fast-check'
import { either as E } from 'fp-ts'
import type { Template } from '../process/index.ts'
import { parse, print } from '../process/index.ts'
import { type Law, law } from './law.ts'
import { innerText } from './outputs.ts'

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

/** Changes to a right output after which it is none. */
const mangled = <K extends string, T extends string>(
  { segments }: Template<K, T>,
  text: string,
): readonly (readonly [string, string])[] =>
  segments.flatMap(({ tag }, i) => {
    const [open, close] = [`<${tag}>`, `</${tag}>`]
    const whole = text.slice(text.indexOf(open), text.indexOf(close) + close.length)
    const next = segments[i + 1]?.tag
    return [
      [`without ${open}`, text.replace(open, '')],
      [`without ${close}`, text.replace(close, '')],
      [`with ${open} twice`, text.replace(open, () => open + open)],
      [`with ${close} twice`, text.replace(close, () => close + close)],
      [`with the segment "${tag}" twice`, text.replace(whole, () => whole + whole)],
      [`without the segment "${tag}"`, text.replace(whole, '')],
      [`with text before ${open}`, text.replace(open, () => `so ${open}`)],
      [`with text after ${close}`, text.replace(close, () => `${close} so`)],
      [`with ${open} in upper case`, text.replace(open, open.toUpperCase())],
      [
        `with ${open} and ${close} the other way round`,
        text.replace(open, '\0').replace(close, open).replace('\0', close),
      ],
      ...(next === undefined
        ? []
        : [[`with "${next}" inside "${tag}"`, text.replace(close, () => `<${next}></${next}>${close}`)] as const]),
    ]
  })

/** The laws of a template's reader and writer, by default of `parse` and `print`. */
export const templateLaws = <K extends string, T extends string>(
  template: Template<K, T>,
  subject: TemplateSubject<T> = { parse: text => parse(template, text), print: segments => print(template, segments) },
): readonly Law[] => {
  const tags = template.segments.map(({ tag }) => tag)
  const segments = fc
    .tuple(...tags.map(() => fc.oneof(innerText(template), fc.string({ unit: 'binary', maxLength: 12 }))))
    .map(texts => Object.fromEntries(tags.map((tag, i) => [tag, texts[i]])) as unknown as Record<T, string>)
  const printed = segments.map(given => ({ given, text: subject.print(given) }))
  return [
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
    ),
    law(
      'white space around segments is free',
      'more of it changes nothing',
      fc.tuple(printed, fc.constantFrom(' ', '\n\n', '\t')),
      ([{ given, text }, white]) => {
        if (E.isLeft(text)) return 'print refuses texts without tags'
        const spaced = tags.reduce(
          (now, tag) =>
            now.replace(`<${tag}>`, () => `${white}<${tag}>`).replace(`</${tag}>`, () => `</${tag}>${white}`),
          text.right,
        )
        const read = subject.parse(spaced)
        return E.isRight(read) && tags.every(t => read.right.segments[t] === given[t])
          ? null
          : `${JSON.stringify(spaced)} reads otherwise`
      },
    ),
    law(
      'mangled outputs are rejected',
      'a tag too few, too many, or out of place, and text outside',
      fc.tuple(printed, fc.nat()),
      ([{ text }, pick]) => {
        if (E.isLeft(text)) return 'print refuses texts without tags'
        const ways = mangled(template, text.right)
        const [how, bad] = ways[pick % ways.length] as readonly [string, string]
        return E.isLeft(subject.parse(bad)) ? null : `the output ${how} is accepted: ${JSON.stringify(bad)}`
      },
    ),
    law(
      'a rejection has its position',
      'what stands before the position could still have become an output',
      fc.tuple(printed, fc.nat()),
      ([{ text }, pick]) => {
        if (E.isLeft(text)) return 'print refuses texts without tags'
        const ways = mangled(template, text.right)
        const [how, bad] = ways[pick % ways.length] as readonly [string, string]
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
    ),
    law(
      'a tag in a text is not printed',
      'nothing is written that reads back otherwise',
      fc.tuple(segments, fc.nat(), fc.boolean()),
      ([given, pick, open]) => {
        const tag = tags[pick % tags.length] as T
        const held = { ...given, [tag]: `${given[tag]}${open ? `<${tag}>` : `</${tag}>`}` }
        return E.isLeft(subject.print(held)) ? null : `"${tag}" holding its own tag was printed`
      },
    ),
  ]
}
