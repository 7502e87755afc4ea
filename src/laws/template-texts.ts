import fc from 'fast-check'
import type { Template } from '../process/index.ts'

/** Changes to a right output after which it is none. */
export const mangled = <K extends string, T extends string>(
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

/** Tags, pieces of tags, text and white space in any order: a few of them are outputs. */
export const soup = <K extends string, T extends string>(template: Template<K, T>): fc.Arbitrary<string> => {
  const tags = template.segments.flatMap(({ tag }) => [`<${tag}>`, `</${tag}>`])
  const white = [' ', '\n', '\r\n', '\t', '\u00a0', '\u3000', '']
  const bits = [...tags, ...tags, ...white, 'a', '<', '>', '</', '<b>', ...tags.map(tag => tag.toUpperCase())]
  const piece = fc.constantFrom(...bits)
  const right = fc.tuple(...tags.map(tag => fc.constant(tag)))
  // One more piece somewhere in a right output, or another output behind it.
  const nearly = fc
    .tuple(right, fc.nat(), fc.constantFrom<readonly string[]>(...bits.map(bit => [bit]), tags), fc.nat(1))
    .map(([all, at, more, gone]) => [
      ...all.slice(0, at % (all.length + 1)),
      ...more,
      ...all.slice((at % (all.length + 1)) + gone),
    ])
  const tail = fc.constantFrom<readonly string[]>([], [], tags, [' ', ...tags], ['a'], ['\u00a0'])
  return fc.oneof(
    fc.array(piece, { maxLength: 14 }).map(parts => parts.join('')),
    fc.tuple(nearly, tail).map(([parts, end]) => [...parts, ...end].join('')),
  )
}
