import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { either as E } from 'fp-ts'
import type { ProblemType } from 'kinograd/dataset'
import { problemTypes } from 'kinograd/dataset'
import { accuracy, optionLetter, taggedAnswer, videoR1Accuracy, videoR1Format, writtenNumber } from 'kinograd/reward'
import { describe, expect } from 'vitest'
import { fc, test } from '../property.ts'
import { limited, spentSince } from '../spent.ts'

const numRuns = Number(process.env.KINOGRAD_FUZZ_RUNS ?? 100)
const repaired = (type: string, answer: string, truth: string): number | string =>
  E.match(
    (f: { readonly _tag: string }): number | string => f._tag,
    (r: number): number | string => r,
  )(accuracy()(type)(answer, truth))

describe("Video-R1's quirks", () => {
  test.each<[ProblemType, string, string, number]>([
    ['multiple choice', ' B ', 'B', 1],
    ['multiple choice', 'B.', 'B', 0],
    ['numerical', '3.0', '3', 0],
    ['numerical', '1,000', '1000', 0],
    ['numerical', '3.144', '3.14', 1],
    ['numerical', '2.675', '2.68', 0],
    ['numerical', '0.125', '0.12', 1],
    ['numerical', '42 cm', '42', 0],
    ['numerical', '٣', '3', 1],
    ['OCR', 'the quick fox', 'the quick brown fox', 0.75],
    ['regression', '9', '10', 0.9],
    ['regression', '25', '10', 0],
    ['regression', '0', '0', 0],
    ['regression', 'n/a', '10', 0],
    ['regression', '5', 'nan', 1],
    ['free-form', 'A cat sat on a mat', 'The cat is sitting on the mat.', 0.307692],
    ['free-form', 'The man runs quickly', 'A man is running quickly', 0.539683],
  ])('%s: %s for %s is %d', (type, answer, truth, expected) =>
    expect(videoR1Accuracy(type, answer, truth)).toBeCloseTo(expected, 6),
  )

  test('format: nothing before or after, a second answer passes', () => {
    expect(videoR1Format('<think></think>\n<answer>a</answer>')).toBe(1)
    expect(videoR1Format('<think>a</think><answer>b</answer><answer>c</answer>')).toBe(1)
    expect(videoR1Format('<think>a</think><answer>b</answer>\n')).toBe(0)
    expect(videoR1Format('<think>a</think><answer></answer>'.replace('<answer></answer>', '<answer>/answer>'))).toBe(0)
  })

  test.prop(
    [fc.array(fc.constantFrom('<think>', '</think>', '<answer>', '</answer>', ' ', '\n', 'x'), { maxLength: 12 })],
    {
      numRuns: numRuns * 5,
    },
  )('format and answer are what the pattern says', pieces => {
    const text = pieces.join('')
    expect(videoR1Format(text)).toBe(/^<think>.*?<\/think>\s*<answer>.*?<\/answer>$/s.test(text) ? 1 : 0)
    expect(taggedAnswer(text)).toBe(/<answer>\s*(.*?)\s*<\/answer>/s.exec(text)?.[1]?.trim() ?? '')
  })
})

describe('the repaired default', () => {
  test.each<[string, string, string, number | string]>([
    ['multiple choice', 'B.', 'B', 1],
    ['multiple choice', '(b)', 'B', 1],
    ['multiple choice', 'B. the red ball', 'B', 1],
    ['multiple choice', 'Option B', 'B.', 1],
    ['multiple choice', 'B and C', 'B', 0],
    ['multiple choice', 'A cat', 'A', 0],
    ['multiple choice', '', 'B', 0],
    ['numerical', '1,000', '1000', 1],
    ['numerical', '3.0', '3', 1],
    ['numerical', '42 cm', '42', 1],
    ['numerical', '$5', '5', 1],
    ['numerical', '5%', '5', 1],
    ['numerical', '−3', '-3', 1],
    ['numerical', '0.004', '0.001', 0],
    ['numerical', 'five', '5', 0],
    ['numerical', 'inf', '5', 0],
    ['numerical', '1,2', '12', 0],
    ['numerical', '5', 'five', 'BadTruth'],
    ['regression', '0', '0', 1],
    ['regression', '1', '0', 0],
    ['regression', '9', '10', 0.9],
    ['regression', '9', 'nan', 'BadTruth'],
    ['OCR', 'cafe\u0301', 'caf\u00e9', 1],
    ['OCR', '', '', 'BadTruth'],
    ['free-form', '日本', '日本', 1],
    ['essay', 'a', 'a', 'UnknownProblemType'],
    ['OCR', 'a'.repeat(10_000_000), 'a', 'AnswerTooLong'],
    ['OCR', 'a', 'a'.repeat(20_001), 'AnswerTooLong'],
  ])('%s: %.20s for %.20s', (type, answer, truth, expected) => {
    const got = repaired(type, answer, truth)
    if (typeof expected === 'number') expect(got).toBeCloseTo(expected, 9)
    else expect(got).toBe(expected)
  })

  test('the repairs only add: what Video-R1 accepts in full stays accepted for plain letters and numbers', () => {
    for (const letter of 'ABCDEFGHIJ') expect(repaired('multiple choice', letter, letter)).toBe(1)
    for (const n of ['0', '-5', '3.14', '.5', '5.', '1e3', '1,000.5']) {
      expect(repaired('numerical', n, n)).toBe(1)
      expect(repaired('regression', n, n)).toBe(1)
    }
  })

  test.prop([fc.constantFrom(...problemTypes), fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' })], {
    numRuns,
  })('every score is between 0 and 1, in both modes', (type, answer, truth) => {
    for (const mode of ['repaired', 'video-r1'] as const) {
      const made = accuracy({ mode })(type)(answer, truth)
      if (E.isLeft(made)) continue
      expect(made.right).toBeGreaterThanOrEqual(0)
      expect(made.right).toBeLessThanOrEqual(1)
    }
  })

  test('texts made to blow up a pattern take no time', () => {
    const started = process.cpuUsage()
    for (const text of [
      ' '.repeat(20_000),
      '('.repeat(20_000),
      '1,'.repeat(9_000),
      '1'.repeat(20_000),
      'a '.repeat(9_000),
    ])
      for (const type of problemTypes)
        for (const mode of ['repaired', 'video-r1'] as const) accuracy({ mode })(type)(text, '7')
    expect(optionLetter('('.repeat(1_000_000))).toBeNull()
    expect(writtenNumber('1,'.repeat(1_000_000))).toBeNull()
    expect(limited(spentSince(started))).toBeLessThan(10)
  })
})

const golden = fileURLToPath(new URL('../../../shared/golden/rewards.json', import.meta.url))
const read = (): string | null => {
  try {
    return readFileSync(golden, 'utf8')
  } catch {
    return null
  }
}
const goldens = read()
test.skipIf(goldens === null)(
  "the golden accuracies of Video-R1's own functions (skipped where ../shared is absent)",
  () => {
    const { cases } = JSON.parse(goldens ?? '') as {
      readonly cases: readonly {
        kind: string
        problemType: ProblemType
        completion: string
        solution: string
        expected: number
      }[]
    }
    for (const c of cases.filter(({ kind }) => kind === 'accuracy'))
      expect(videoR1Accuracy(c.problemType, taggedAnswer(c.completion), taggedAnswer(c.solution))).toBeCloseTo(
        c.expected,
        9,
      )
  },
)
