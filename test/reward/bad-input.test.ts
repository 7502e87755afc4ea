import { either as E } from 'fp-ts'
import { problemTypes, videoRecord } from 'kinograd/dataset'
import { assignTokens, parse, parseExtraction, parseJudgement, parseProcesses, videoP2R } from 'kinograd/process'
import {
  accuracy,
  composeRewards,
  dynamicLength,
  formatRewards,
  noLength,
  optionLetter,
  rouge,
  taggedAnswer,
  videoR1Accuracy,
  videoR1Evaluation,
  videoR1Format,
  writtenNumber,
} from 'kinograd/reward'
import { describe, expect, test } from 'vitest'

/** `most` characters of a piece, with something behind that keeps a pattern from ending well. */
const long = (piece: string, most: number): string => `${piece.repeat(Math.floor(most / piece.length))}!`
const most = 200_000

/** Texts against which a pattern that backtracks takes minutes; each is tried at any length below. */
const pieces: Readonly<Record<string, string>> = {
  'white space': ' ',
  'line breaks': '\n',
  'no-break spaces': '\u00a0',
  'separators of Python': '\u001c',
  brackets: '(',
  'brackets and letters': '(a',
  'stars and quotes': `*"'`,
  'the word option': 'option ',
  'option and colons': 'option :',
  digits: '1',
  'thousands separators': '111,',
  underscores: '1_1',
  points: '1.',
  exponents: '1e',
  signs: '-',
  currency: '$ ',
  letters: 'a',
  words: 'ab ',
  capitals: 'B. ',
  combining: 'e\u0315\u0301',
  'a script of its own': '日',
  surrogates: '😀',
  'half surrogates': '\ud83d',
  'tags that open': '<answer>',
  'tags that close': '</answer>',
  'thoughts that close': '</think>',
  'thoughts that close, with white space': '</think> \n ',
  'tags inside tags': '<think><answer>',
  'angle brackets': '<',
  'judgements that do not end': '<judgement> yes',
  'judgements that disagree': '<judgement>yes</judgement><judgement>no</judgement>',
  'extractions that do not end': '<extraction>a         .        ',
}

/** Generous for slow machines; a pattern that backtracks needs hours for these. */
const within = (seconds: number, run: () => void): void => {
  const started = performance.now()
  run()
  expect((performance.now() - started) / 1000).toBeLessThan(seconds)
}

const record = { problem_id: 1, problem: 'q', problem_type: 'OCR', data_type: 'video', path: 'a.mp4', data_source: '' }

/** A megabyte of each in the long suite, a quarter otherwise, against the readers of letters, of numbers and of tags. */
const megabyte = process.env.KINOGRAD_FUZZ_RUNS === undefined ? 250_000 : 1_000_000
const more: Readonly<Record<string, string>> = {
  'bold and boxes': '\\boxed{**',
  fractions: '\\frac{1}{',
  'dollar signs': '$1',
  'groups after spaces': '111 ',
  clocks: '1:1',
  powers: '10^',
  scientific: '1×10^3 ',
  equations: '1 = ',
  'units of units': 'm/',
  'feet and inches': '1 ft ',
  magnitudes: 'million ',
  'Chinese magnitudes': '万',
  'Chinese numerals': '三',
  'number words': 'twenty-',
  'long decimals': `${'9'.repeat(990)}.7 `,
  'long fractions': `${'7'.repeat(500)}/${'3'.repeat(499)} `,
  'marks on nothing': '\u0315\u0301',
  'options by the thousand': 'A or ',
  'answers by the thousand': 'the answer is A. ',
  rejections: 'A is not ',
  'what cannot be seen': '\u200b',
}

describe.each(Object.entries({ ...pieces, ...more }))('a megabyte of %s', (_, piece) => {
  test.each(['', 'B ', '7 ', 'the answer is '])('behind "%s" is read in seconds at most, on a busy machine', before =>
    within(8, () => {
      const text = `${before}${long(piece, megabyte)}`
      optionLetter(text)
      optionLetter(text, ['A. the the ball', 'B. 1 1 2', 'C. a a a b'])
      writtenNumber(text)
      taggedAnswer(`<answer>${text}`)
      expect(E.isLeft(videoRecord.decode({ ...record, solution: `<answer>${text.replaceAll('</answer>', '')}` }))).toBe(
        true,
      )
    }),
  )
})

describe.each(Object.entries({ ...pieces, ...more }))('%s without end', (_, piece) => {
  test('in an answer, up to the bound of characters, of any type in both modes', () =>
    within(20, () => {
      const text = long(piece, 19_000)
      for (const type of problemTypes)
        for (const mode of ['repaired', 'video-r1'] as const)
          for (const given of [text, `-${text}`, `B ${text}`, `7${text}7`]) {
            const made = accuracy({ mode })(type)(given, type === 'multiple choice' ? 'B' : '7')
            expect(E.isRight(made) && made.right >= 0 && made.right <= 1).toBe(true)
          }
    }))

  test('in a completion of 200,000 characters, whatever reads it', () =>
    within(20, () => {
      const text = long(piece, most)
      for (const given of [text, `<think>${text}</answer>`, `<answer>${text}</answer>`, `<observation>${text}`]) {
        expect([0, 1]).toContain(videoR1Format(given))
        expect(taggedAnswer(given).length).toBeLessThanOrEqual(given.length)
        expect(E.isLeft(parse(videoP2R, given))).toBe(true)
        expect(E.isLeft(parseProcesses(videoP2R, given).reasoning)).toBe(true)
        expect(formatRewards(videoP2R)(given).reasoning).toBe(0)
        expect(assignTokens(videoP2R, given.split(' ')).owners.length).toBeGreaterThan(0)
        expect(['Left', 'Right']).toContain(parseJudgement(given)._tag)
        expect(['Left', 'Right']).toContain(parseExtraction(given)._tag)
        for (const type of ['multiple choice', 'numerical', 'regression'] as const) {
          expect(videoR1Accuracy(type, given, '7')).toBe(0)
          expect(videoR1Evaluation(type, given, '7')).toBe(0)
        }
        optionLetter(given)
        writtenNumber(given)
      }
    }))

  test('words by the thousand', () => within(20, () => expect(rouge('seven', long(piece, 40_000))).toBeLessThan(1)))
})

describe('what cannot be scored is told with its field, never 0', () => {
  const fault = (type: string, answer: string, truth: string) => {
    const made = accuracy()(type)(answer, truth)
    return E.isLeft(made) ? `${made.left._tag}: ${made.left.cause}` : made.right
  }
  test.each([
    ['essay', 'a', 'a', 'UnknownProblemType: problemType is "essay"'],
    ['', 'a', 'a', 'UnknownProblemType: problemType is ""'],
    ['OCR', 'a'.repeat(10_000_000), 'a', 'AnswerTooLong: the answer has 10000000 characters of at most 20000'],
    ['OCR', 'a', 'a'.repeat(20_001), 'AnswerTooLong: the truth has 20001 characters of at most 20000'],
    ['numerical', '5', 'five', 'BadTruth: the truth "five" cannot be scored as numerical'],
    ['free-form', 'a', ' ', 'BadTruth: the truth " " cannot be scored as free-form'],
    ['free-form', 'a', '!?', 'BadTruth: the truth "!?" cannot be scored as free-form'],
    ['OCR', 'a', '\u200b', 'BadTruth: the truth "\u200b" cannot be scored as OCR'],
    ['numerical', '5', '5 to 6', 'BadTruth: the truth "5 to 6" cannot be scored as numerical'],
  ])('%s: %.20s', (type, answer, truth, says) => expect(fault(type, answer, truth)).toBe(says))

  test.each([
    [Number.NaN, 'NotFinite', 'group "clip 9": the reward of rollout 1 for "p" is NaN'],
    [Number.POSITIVE_INFINITY, 'NotFinite', 'group "clip 9": the reward of rollout 1 for "p" is Infinity'],
  ])('an accuracy of %d', (accuracy, _tag, cause) => {
    const of = (a: number) => ({ accuracy: a, format: 1, tokens: 3 })
    expect(composeRewards({ length: { p: noLength } })('clip 9', { p: [of(1), of(accuracy)] })).toMatchObject({
      left: { _tag, cause },
    })
  })

  const scored = [
    { accuracy: 1, format: 1, tokens: 3 },
    { accuracy: 0, format: 1, tokens: 3 },
  ]
  const composed = (options: Parameters<typeof composeRewards<string>>[0], process = 'p') => {
    const made = composeRewards<string>(options)('clip 9', Object.fromEntries([[process, scored]]))
    return E.isLeft(made) ? `${made.left._tag}: ${made.left.cause}` : made.right.raw.rewards[process]
  }
  const none = (process: string) => Object.fromEntries([[process, noLength]])

  test('a length reward that returns too few numbers, or one that is none', () => {
    expect(composed({ length: { p: () => [0.2] } })).toBe(
      'UnequalLengths: group "clip 9": the length reward of "p" gave 1 numbers for 2 rollouts',
    )
    expect(composed({ length: { p: () => [0.2, Number.NaN] } })).toBe(
      'NotFinite: group "clip 9": the length reward of rollout 1 for "p" is NaN',
    )
    expect(composed({ length: {} })).toBe(
      'NoLengthReward: group "clip 9": no length reward is given for the process "p"',
    )
  })

  test('a weight of a name that nobody has', () => {
    expect(composed({ length: none('p'), weights: { acuracy: 2 } })).toBe(
      'UnknownWeight: group "clip 9": there is a weight for "acuracy" and the rewards are accuracy, format, length',
    )
    expect(composed({ length: none('p'), weights: { accuracy: 2 } })).toEqual([3, 1])
  })

  test.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])(
    'a process called %s is one like others',
    name => {
      expect(composed({ length: none(name) }, name)).toEqual([2, 1])
      expect(composed({ length: {} }, name)).toContain('NoLengthReward')
      const dynamic = dynamicLength({ start: [1, 2], enough: 1 })
      expect(dynamic.range({}, name)).toEqual([1, 2])
      expect(dynamic.range(dynamic.observe({}, name, scored), name)).toEqual([2, 4])
    },
  )

  test.each([[0], [1]])('a group of %d', size => {
    const of = Array.from({ length: size }, () => ({ accuracy: 1, format: 1, tokens: 3 }))
    expect(composeRewards({ length: { p: noLength } })('clip 9', { p: of })).toMatchObject({
      left: { _tag: 'GroupTooSmall', cause: `group "clip 9" has ${size} rollouts of at least 2` },
    })
  })

  test('an extra reward that is no number', () => {
    const of = (temporal: number) => ({ accuracy: 1, format: 1, tokens: 3, extra: { temporal } })
    const made = composeRewards({ length: { p: noLength } })('clip 9', { p: [of(0.3), of(Number.NaN)] })
    expect(made).toMatchObject({ left: { _tag: 'NotFinite' } })
  })
})
