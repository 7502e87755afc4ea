import {
  assignTokenBytes,
  assignTokens,
  extractionPrompt,
  generationPrompt,
  neutralText,
  parse,
  parseExtraction,
  parseJudgement,
  parseProcesses,
  print,
  sufficiencyPrompt,
  template,
  templateOf,
  videoP2R,
  videoP2RGuide,
} from 'kinograd/process'
import { expect, test } from 'vitest'
import { isLong, spent } from '../spent.ts'

/** A megabyte of what makes patterns with two ways to read a character slow; a fifth of it but in the long suite. */

const characters = isLong ? 1e6 : 2e5
const million = (piece: string): string => piece.repeat(Math.ceil(characters / piece.length))
const kinds: readonly string[] = [
  ' ',
  '\n',
  ' \n',
  '\t',
  '\u3000',
  '<',
  '>',
  '< ',
  '<>',
  '</',
  '<judgement>',
  '</judgement>',
  '<judgement>Yes',
  '<judgement>Yes</judgement>',
  '<judgement> ',
  '<observation>',
  '<observation></observation>',
  '<think>',
  '</think>',
  '</s>',
  '<|im_end|>',
  '#',
  '# ',
  '\n#',
  '`',
  '```',
  '"',
  '-',
  '- ',
  '*',
  'a',
  'a ',
  'a:',
  'a:\n',
  ':',
  '&',
  '&amp;',
  '&lt;',
  '%3c',
  '\\u003c',
  '\u200b',
  '\ud800',
  '\r',
  '[A',
  '[INST]',
  '.',
  '\u0000',
  '。',
]
const long = template({ perception: ['p'.repeat(64)], reasoning: ['think', 'answer'] })
const encoder = new TextEncoder()

const readers: Readonly<Record<string, (text: string) => unknown>> = {
  parse: text => parse(videoP2R, text),
  'parse, a long tag': text => parse(long, text),
  parseProcesses: text => parseProcesses(videoP2R, text),
  print: text => print(videoP2R, { observation: text, think: text, answer: text }),
  assignTokens: text => assignTokens(videoP2R, text.match(/[\s\S]{1,5}/g) ?? []),
  assignTokenBytes: text => assignTokenBytes(videoP2R, [encoder.encode(text)]),
  parseJudgement,
  parseExtraction,
  'neutralText without a bound': text => neutralText(text, { characters: Number.POSITIVE_INFINITY }),
  sufficiencyPrompt: text => sufficiencyPrompt({ dataType: 'video', question: text, answer: text, observation: text }),
  extractionPrompt: text => extractionPrompt(text, text),
  generationPrompt: text => generationPrompt(videoP2R, videoP2RGuide, text, 'numerical'),
}

test.each(Object.entries(readers))(
  '%s reads a megabyte of each kind in under a second',
  (_, read) => {
    for (const kind of kinds) {
      const text = `<observation>${million(kind)}x`
      expect({ kind, slow: spent(() => read(text)) > 1 }).toEqual({ kind, slow: false })
    }
  },
  120_000,
)

test.each(kinds.map(kind => [kind]))('an answer that ends after a megabyte of %j', kind => {
  const text = `${million(kind)}<judgement>`
  expect(spent(() => parseJudgement(text))).toBeLessThan(1)
  expect(spent(() => parseExtraction(text))).toBeLessThan(1)
})

test('a template of ten thousand tags is made, and one with a name above 64 characters is none', () => {
  const tags = Array.from({ length: 10_000 }, (_, i) => `t${i}`)
  const took = spent(() => {
    expect(templateOf({ all: tags })._tag).toBe('Right')
    const twice = templateOf({ all: ['t', ...tags, 't9'] })
    expect(twice).toMatchObject({ left: { cause: 'tag "t9" stands in two segments' } })
  })
  expect(took).toBeLessThan(1)
  expect(templateOf({ all: ['t'.repeat(65)] })._tag).toBe('Left')
})
