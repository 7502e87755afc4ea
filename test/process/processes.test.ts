import { either as E } from 'fp-ts'
import {
  generationPrompt,
  parse,
  parseExtraction,
  parseJudgement,
  parseProcesses,
  questionText,
  sufficiencyPrompt,
  videoP2R,
  videoP2RGuide,
} from 'kinograd/process'
import { describe, expect } from 'vitest'
import { fc, test } from '../property.ts'

const numRuns = Number(process.env.KINOGRAD_FUZZ_RUNS ?? 100)

describe('each process by itself', () => {
  const verdict = (text: string): string =>
    Object.values(parseProcesses(videoP2R, text)).map(E.isRight).map(String).join(' ')

  test.each([
    ['<observation>a</observation> <think>b</think><answer>c</answer>', 'true true'],
    ['<think>b</think><answer>c</answer>', 'false true'],
    ['<observation>a</observation>', 'true false'],
    ['<observation>a</observation><observation>a</observation><think>b</think><answer>c</answer>', 'false true'],
    ['<observation>a<think>b</think><answer>c</answer>', 'false true'],
    ['<observation>a</observation><think>b</think>', 'true false'],
    ['<observation>a</observation>so<think>b</think><answer>c</answer>', 'true false'],
    ['so<observation>a</observation><think>b</think><answer>c</answer>', 'false true'],
    ['<observation>a</observation><think>b</think><answer>c</answer>so', 'true false'],
    ['<think>b</think><answer>c</answer><observation>a</observation>', 'false false'],
    ['<think>b</think><observation>a</observation><answer>c</answer>', 'false false'],
    ['', 'false false'],
  ])('%s', (text, expected) => expect(verdict(text)).toBe(expected))

  const piece = fc.constantFrom(
    '<observation>',
    '</observation>',
    '<think>',
    '</think>',
    '<answer>',
    '</answer>',
    ' ',
    'x',
  )
  const whole = fc.constant([
    '<observation>',
    'a',
    '</observation>',
    ' ',
    '<think>',
    'b',
    '</think>',
    '<answer>',
    'c',
    '</answer>',
  ])
  const mangled = fc
    .tuple(whole, fc.array(fc.tuple(fc.nat(11), fc.nat(1), piece), { maxLength: 3 }))
    .map(([pieces, edits]) =>
      edits.reduce((now, [at, drop, insert]) => now.toSpliced(at, drop, insert), pieces as readonly string[]).join(''),
    )
  test.prop(
    [
      fc.oneof(
        mangled,
        fc.array(piece, { maxLength: 12 }).map(p => p.join('')),
      ),
    ],
    { numRuns: numRuns * 5 },
  )('all processes are right exactly when the whole is', text => {
    const each = Object.values(parseProcesses(videoP2R, text))
    expect(each.every(E.isRight)).toBe(E.isRight(parse(videoP2R, text)))
    for (const one of each)
      if (E.isLeft(one)) {
        expect(one.left.position).toBeGreaterThanOrEqual(0)
        expect(one.left.position).toBeLessThanOrEqual(text.length)
      }
  })
})

describe('prompts and what is read of their answers', () => {
  test('the generation prompt asks for every segment in order', () => {
    const question = questionText('What colour is it?', ['A. red', 'B. blue'])
    const prompt = generationPrompt(videoP2R, videoP2RGuide, question, 'multiple choice')
    expect(prompt.startsWith('What colour is it?\nOptions:\nA. red\nB. blue\n')).toBe(true)
    const places = [
      '<observation>Based on the question, I need to notice',
      '<think>Based on the observations,',
      '<answer>',
    ].map(s => prompt.indexOf(s, 200))
    expect(places).toEqual(places.toSorted((a, b) => a - b))
    expect(places.includes(-1)).toBe(false)
  })

  test('the sufficiency prompt shows the judge text only', () => {
    const prompt = sufficiencyPrompt({ dataType: 'video', question: 'Q?', answer: 'B', observation: 'a ball' })
    for (const part of [
      '### Question\nQ?',
      '### Correct Answer\nB',
      '### Observations\na ball',
      '<judgement>Yes</judgement>',
    ])
      expect(prompt).toContain(part)
  })

  test.each([
    ['so <judgement>Yes</judgement>', { right: true }],
    ['<judgement> no. </judgement>\n', { right: false }],
    ['Yes', { left: { _tag: 'NoJudgement' } }],
    ['<judgement>maybe</judgement>', { left: { _tag: 'NoJudgement' } }],
    ['<judgement>Yes</judgement> <judgement>No</judgement>', { right: false }],
  ])('judgement %s', (text, expected) => expect(parseJudgement(text)).toMatchObject(expected))

  test.each([
    ['<extraction>b</extraction>', { right: 'B' }],
    ['<extraction>A</extraction> no, <extraction>No</extraction>', { right: null }],
    ['B', { left: { _tag: 'NoExtraction' } }],
  ])('extraction %s', (text, expected) => expect(parseExtraction(text)).toMatchObject(expected))
})
