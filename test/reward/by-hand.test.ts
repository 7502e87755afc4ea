import { either as E } from 'fp-ts'
import { videoP2R } from 'kinograd/process'
import {
  ablations,
  accuracy,
  answerText,
  composeRewards,
  dynamicLength,
  formatRewards,
  lengthReward,
  meanRelativeAccuracy,
  noLength,
  problemType,
  rouge,
  runRewards,
  sumScores,
  taggedAnswer,
  temporalReward,
  videoR1Accuracy,
  videoR1Evaluation,
  videoR1Format,
  videoR1Length,
  wordErrorRate,
  writtenNumber,
} from 'kinograd/reward'
import { describe, expect, test } from 'vitest'
import { editDistance, longestCommon } from '../../src/reward/alignment.ts'
import { decimalDigit, float, isSpace, pyMax, pyMin, round2, strip, words } from '../../src/reward/python.ts'
import { rougeOfWords } from '../../src/reward/rouge.ts'

/** Values worked out by hand, faults word for word. */

const list = (text: string): readonly string[] => text.split(' ').filter(word => word !== '')

describe('alignment', () => {
  test.each([
    ['', '', 0, 0],
    ['a b c', '', 0, 3],
    ['', 'a b', 0, 2],
    ['a b c', 'a b c', 3, 0],
    ['a b c d', 'b d', 2, 2],
    ['k i t t e n', 's i t t i n g', 4, 3],
    ['s a t u r d a y', 's u n d a y', 5, 3],
    ['a b', 'b a', 1, 2],
    ['a b a b', 'b a b a', 3, 2],
  ])('"%s" and "%s": %d in common, %d apart', (a, b, common, apart) => {
    expect([longestCommon(list(a), list(b)), editDistance(list(a), list(b))]).toEqual([common, apart])
  })
  test('the word error rate is over the reference, and over 1 where that is empty', () => {
    expect(wordErrorRate(list('a b c d'), list('a x'))).toBe(0.75)
    expect(wordErrorRate([], list('a b'))).toBe(2)
  })
})

describe('ROUGE, the mean of ROUGE-1, ROUGE-2 and ROUGE-L', () => {
  test('by hand', () => {
    // Words in common 3 of 4 and 3; pairs 1 of 3 and 2; the longest common subsequence 3.
    const [one, two] = [(2 * 1 * 0.75) / 1.75, (2 * 0.5 * (1 / 3)) / (0.5 + 1 / 3)]
    expect(rouge('the cat sat down', 'the cat down')).toBeCloseTo((one + two + one) / 3, 12)
    expect(rouge('a b', 'a b')).toBe(1)
    expect(rouge('a b', 'c d')).toBe(0)
    expect(rouge('a', 'a')).toBeCloseTo(2 / 3, 12)
    expect([rouge('', 'a'), rouge('a', ''), rouge('', '')]).toEqual([0, 0, 0])
    // A word counts as often as it stands in both.
    expect(rouge('a a b', 'a a a')).toBeCloseTo((2 / 3 + 1 / 2 + 2 / 3) / 3, 12)
    // Pairs are pairs of words, and no joined letters.
    expect(rouge('ab c', 'a bc')).toBe(0)
  })
  test('words are lower-case, stemmed above three letters, and made of a to z and digits', () => {
    expect(rouge('Running, DOGS!', 'run dog')).toBe(1)
    expect(rouge('Hopping cats-eyes', 'hop cats eyes')).toBe(1)
    expect(rouge('was', 'wa')).toBe(0)
    expect(rouge('über 3', 'ber 3')).toBe(1)
  })
  test('words given as such: pairs count where the target has any, other scripts are not stemmed', () => {
    expect(rougeOfWords(['ball'], ['ball'])).toBe(1)
    expect(rougeOfWords(['ball'], ['a', 'ball'])).toBeCloseTo(2 / 3, 12)
    expect(rougeOfWords(['red', 'ball'], ['red', 'balls'])).toBe(1)
    expect(rougeOfWords(['red', 'ball'], ['ball', 'red'])).toBeCloseTo((1 + 0 + 0.5) / 3, 12)
    expect(rougeOfWords(['üballs'], ['üball'])).toBe(0)
  })
})

describe("Python's numbers and spaces", () => {
  test.each([
    ['1', 1],
    [' \t\n1\r\v\f ', 1],
    ['+1.5', 1.5],
    ['-.5', -0.5],
    ['5.', 5],
    ['1e3', 1000],
    ['1E+3', 1000],
    ['1.5e-1', 0.15],
    ['1_000.2_5', 1000.25],
    ['inf', Number.POSITIVE_INFINITY],
    ['-Infinity', Number.NEGATIVE_INFINITY],
    ['+INF', Number.POSITIVE_INFINITY],
    ['nan', Number.NaN],
    ['٣٫', null],
    ['٣', 3],
    ['१२', 12],
    ['３\u00a0', 3],
    ['\u20033', 3],
    ['𝟗', 9],
    ['', null],
    ['.', null],
    ['e3', null],
    ['1e', null],
    ['1__0', null],
    ['_1', null],
    ['1_', null],
    ['1 2', null],
    ['1a', null],
    ['a1', null],
    ['--1', null],
    ['0x1', null],
    ['xinf', null],
    ['infx', null],
    ['1\u001c', null],
    ['\u00851', 1],
    ['½', null],
  ])('float(%j)', (text, wanted) => expect(float(text)).toEqual(wanted))

  test.each([
    [0x2f, null],
    [0x30, 0],
    [0x39, 9],
    [0x3a, null],
    [0x661, 1],
    [0x966, 0],
    [0x96f, 9],
    [0xff15, 5],
    [0x1d7ce, 0],
    [0x1d7ff, 9],
    [0xbd, null],
    [126, null],
    [127, null],
  ])('the digit %d', (point, wanted) => expect(decimalDigit(point)).toBe(wanted))

  test('rounding to two places is half to even, by the exact value', () => {
    const cases: readonly (readonly [number, number])[] = [
      [0.125, 0.12],
      [0.375, 0.38],
      [-0.125, -0.12],
      [-0.375, -0.38],
      [2.675, 2.67],
      [1.005, 1],
      [0.625, 0.62],
      [0.25, 0.25],
      [7.12345, 7.12],
      [1e300, 1e300],
      [2 ** 52, 2 ** 52],
      [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
      [5, 5],
    ]
    for (const [given, wanted] of cases) expect(round2(given)).toBe(wanted)
    expect(round2(Number.NaN)).toBeNaN()
  })
  test('min and max keep the first where the second is NaN', () => {
    expect([pyMin(1, 2), pyMin(2, 1), pyMin(1, Number.NaN)]).toEqual([1, 1, 1])
    expect([pyMax(1, 2), pyMax(2, 1), pyMax(1, Number.NaN)]).toEqual([2, 2, 1])
  })
  test('white space', () => {
    for (const space of '\t\n\v\f\r\u001c\u001d\u001e\u001f \u0085\u00a0\u1680\u2000\u200a\u2028\u2029\u202f\u205f\u3000')
      expect(isSpace(space), space.charCodeAt(0).toString(16)).toBe(true)
    for (const other of '\b\u000e\u001b!\u0084\u0086\u009f\u00a1\u1fff\u200b\u3001') expect(isSpace(other)).toBe(false)
    expect([strip('\u3000 a b\u0085\t'), strip(' \n '), strip('')]).toEqual(['a b', '', ''])
    expect([words(' a\u2003 b\n'), words('  ')]).toEqual([['a', 'b'], []])
  })
})

describe("Video-R1's functions", () => {
  test.each([
    ['<answer> B </answer>', 'B'],
    ['a<answer>b</answer><answer>c</answer>', 'b'],
    ['<answer>a', ''],
    ['a</answer>', ''],
    ['</answer><answer>b', ''],
    ['</answer><answer>b</answer>', 'b'],
    ['<answer></answer>', ''],
  ])('the tagged answer of %s', (text, wanted) => expect(taggedAnswer(text)).toBe(wanted))
  test.each([
    ['<think>a</think><answer> B </answer>', 'B'],
    ['<think>a</think> B ', 'B'],
    ['<think>a</think>b</think> C', 'C'],
    [' B ', 'B'],
    ['<answer>B', '<answer>B'],
    ['</answer> x', '</answer> x'],
    ['</think> <answer>B', '<answer>B'],
  ])('the answer of %s', (text, wanted) => expect(answerText(text)).toBe(wanted))
  test.each([
    ['<think>a</think><answer>b</answer>', 1],
    ['<think></think> \n<answer></answer>', 1],
    ['<think>a</think>x</think><answer>b</answer>', 1],
    ['<think>a</think>x<answer>b</answer>', 0],
    ['<think>a<answer>b</answer>', 0],
    [' <think>a</think><answer>b</answer>', 0],
    ['<think>a</think><answer>b</answer> ', 0],
    ['<think></think></answer>', 0],
    ['<think></think><answer', 0],
    ['<think></think></think>\u3000<answer></answer>', 1],
    ['<think</think><answer></answer>', 0],
  ] as const)('the format of %j', (text, wanted) => expect(videoR1Format(text)).toBe(wanted))

  test('mean relative accuracy: the share of thresholds 0.05 … 0.5 that the error is below', () => {
    const cases: readonly (readonly [number, number, number])[] = [
      [10, 10, 1],
      [10.1, 10, 1],
      [10.6, 10, 0.9],
      [9.2, 10, 0.9],
      [8.8, 10, 0.8],
      [7.3, 10, 0.5],
      [14.8, 10, 0.1],
      [5.2, 10, 0.1],
      [15.1, 10, 0],
      [-10, 10, 0],
      [-9.2, -10, 0.9],
      [0, 0, 1],
      [1, 0, 0],
    ]
    for (const [answer, truth, wanted] of cases) expect(meanRelativeAccuracy(answer, truth)).toBe(Math.fround(wanted))
  })
  test.each([
    ['multiple choice', '<answer>B</answer>', 'B', 1],
    ['multiple choice', 'B', 'B', 1],
    ['multiple choice', '<answer></answer>', 'B', 0],
    ['numerical', '<answer>3.144</answer>', '3.14', 1],
    ['numerical', '3', '3.0', 0],
    ['regression', '<answer>9.2</answer>', '10', Math.fround(0.9)],
    ['regression', '1,000', '1000', 1],
    ['regression', '<answer>x</answer>', '10', 0],
    ['regression', '10', 'x', 0],
    ['regression', '0', 'x', 0],
    ['regression', 'x', '0', 0],
    ['regression', 'x', 'x', 0],
  ] as const)('the evaluation of %s, %s for %s', (type, text, truth, wanted) => {
    expect(videoR1Evaluation(type, text, truth)).toBe(wanted)
  })
  test.each([
    ['numerical', 'x', 'x', 0],
    ['numerical', 'x', '1', 0],
    ['numerical', '1', 'x', 0],
    ['numerical', '1,000.0', '1000.0', 1],
    ['regression', '12', '10', 0.8],
    ['regression', '-10', '10', 0],
    ['regression', '1,000', '1000', 1],
    ['regression', '1', 'x', 0],
    ['OCR', 'a b c d e', 'x y', 0],
    ['OCR', 'a  b', ' a b ', 1],
    ['multiple choice', '\u3000B', 'B ', 1],
  ] as const)('the accuracy of %s, %s for %s', (type, answer, truth, wanted) => {
    expect(videoR1Accuracy(type, answer, truth)).toBeCloseTo(wanted, 8)
  })
})

const rollout = (given: number | null, format = 1, tokens = 5) => ({ accuracy: given, format, tokens })

describe('length and time', () => {
  test('the bonus of the three rewards of length', () => {
    const group = [rollout(1), rollout(0.1), rollout(1, 0), rollout(null), rollout(1, 1, 9), rollout(0.5, 1, 3)]
    expect(lengthReward({ range: [4, 8], bonus: 0.5 })(group)).toEqual([0.5, 0.5, 0, 0, 0, 0])
    expect(videoR1Length({ range: [4, 8], bonus: 0.5 })(group)).toEqual([0.5, 0, 0.5, 0, 0, 0])
    expect(videoR1Length({ range: [5, 5] })([rollout(1), rollout(1)])).toEqual([0.2, 0.2])
    expect(videoR1Length({ range: [5, 5] })([rollout(1), rollout(null)])).toEqual([0, 0])
    expect(noLength(group)).toEqual([0, 0, 0, 0, 0, 0])
  })
  test('the dynamic range: quantiles, widened, of the last of enough', () => {
    const dynamic = dynamicLength({ start: [1, 2] })
    const eleven = Array.from({ length: 11 }, (_, i) => (i === 10 ? 0 : 100 - 10 * i))
    const history = { a: [...eleven, ...eleven] }
    expect(dynamic.range({ a: eleven }, 'a')).toEqual([1, 2])
    expect(dynamic.range({ a: [...eleven, ...eleven].slice(0, 15) }, 'a')).toEqual([1, 2])
    // Sorted 0, 0, 10, 10 … 100, 100: the tenth of 21 steps is at 2.1, the nine tenths at 18.9.
    expect(dynamic.range(history, 'a')).toEqual([Math.floor(10 * 0.9), Math.ceil(90 * 1.1)])
    const between = dynamicLength({ start: [1, 2], enough: 2, quantiles: [0.25, 0.75], slack: 0.5 })
    expect(between.range({ a: [40, 20] }, 'a')).toEqual([12, 53])
    expect(between.reward({ a: [40, 20] }, 'a')([rollout(1, 1, 12), rollout(1, 1, 54)])).toEqual([0.2, 0])
    expect(dynamicLength({ start: [1, 5], bonus: 1 }).reward({}, 'a')([rollout(1)])).toEqual([1])
    const full = { a: Array.from({ length: 256 }, () => 1), b: [7] }
    const seen = dynamic.observe(full, 'a', [rollout(1, 1, 9), rollout(0, 1, 8), rollout(1, 0, 8), rollout(null, 1, 8)])
    expect([seen.a?.length, seen.a?.at(-1), seen.a?.at(-2), seen.b]).toEqual([256, 9, 1, [7]])
    expect(dynamic.observe({}, 'constructor', [rollout(1, 1, 9)]).constructor).toEqual([9])
  })
  test('the temporal bonus', () => {
    expect(temporalReward()([0.8], [1])).toEqual([0.3])
    expect(temporalReward()([0.79], [1])).toEqual([0])
    expect(temporalReward({ bonus: 1, share: 1, above: 0.5 })([0.5, 0.6], [0.5, 0.6])).toEqual([0, 1])
    expect(temporalReward()([null], [1])).toEqual([0])
    expect(temporalReward()([1], [null])).toEqual([0])
    expect(temporalReward()([1], [])).toEqual([0])
    expect(temporalReward()([1, null, 1], [null, 1, 1])).toEqual([0.3, 0, 0.3])
  })
  test('the format by process', () => {
    expect(formatRewards(videoP2R)('<observation>a</observation>')).toEqual({ perception: 1, reasoning: 0 })
  })
})

describe('composition', () => {
  const one = { p: [rollout(1), rollout(0)] }
  const left = (made: E.Either<unknown, unknown>) => (E.isLeft(made) ? made.left : made)
  test('parts, weights, and rewards of one’s own', () => {
    const compose = composeRewards({
      length: { p: lengthReward({ range: [1, 9] }) },
      weights: { accuracy: 2, format: 3, length: 10, style: 5 },
    })
    const extra = { style: 0.5, rest: 1 }
    expect(
      compose('g', {
        p: [
          { ...rollout(1), extra },
          { ...rollout(null), extra: { style: null } },
        ],
      }),
    ).toEqual(
      E.right({
        parts: {
          p: [
            { accuracy: 1, format: 1, length: 0.2, extra, total: 2 + 3 + 2 + 2.5 + 1 },
            { accuracy: null, format: 1, length: 0, extra: { style: null }, total: null },
          ],
        },
        raw: { _tag: 'Raw', group: 'g', size: 2, rewards: { p: [10.5, null] } },
      }),
    )
  })
  test.each([
    [
      composeRewards<string>({ length: {} })('g', one),
      {
        _tag: 'NoLengthReward',
        cause: 'group "g": no length reward is given for the process "p"',
        remedy: 'Give one for every process; noLength is none.',
      },
    ],
    [
      composeRewards({ length: { p: () => [0] } })('g', one),
      {
        _tag: 'UnequalLengths',
        cause: 'group "g": the length reward of "p" gave 1 numbers for 2 rollouts',
        remedy: 'Return one number a rollout, 0 where there is no reward.',
      },
    ],
    [
      composeRewards({ length: { p: () => [0, Number.NaN] } })('g', one),
      {
        _tag: 'NotFinite',
        cause: 'group "g": the length reward of rollout 1 for "p" is NaN',
        remedy: 'Return a finite number, 0 where there is no reward.',
      },
    ],
    [
      composeRewards({ length: { p: noLength }, weights: { acuracy: 1 } })('g', one),
      {
        _tag: 'UnknownWeight',
        cause: 'group "g": there is a weight for "acuracy" and the rewards are accuracy, format, length',
        remedy: 'Mend the name, or give the reward as null where it does not apply.',
      },
    ],
  ])('fault %#', (made, wanted) => expect(left(made)).toEqual(wanted))
  test('a weight for a reward that a rollout has is known', () => {
    const compose = composeRewards({ length: { p: noLength }, weights: { style: 2 } })
    expect(E.isRight(compose('g', { p: [rollout(1), { ...rollout(1), extra: { style: null } }] }))).toBe(true)
  })
  test('every row of the ablation', () => {
    const raw = { _tag: 'Raw', group: 'g', size: 2, rewards: { perception: [1, 0], reasoning: [0, 3] } } as const
    const signs = Object.entries(ablations).map(([name, { normaliser, lengthReward: length }]) => {
      const { perception, reasoning } = normaliser([raw]).at(0)!.advantages
      return [name, Math.sign(perception[0]!), Math.sign(reasoning[0]!), length]
    })
    expect(signs).toEqual([
      ['full', 1, -1, true],
      ['withoutPerception', -1, -1, true],
      ['withoutReasoning', 1, 1, true],
      ['withoutLength', 1, -1, false],
      ['withoutSeparation', -1, -1, true],
      ['processAgnostic', -1, -1, true],
    ])
  })
})

describe('accuracy tells what it cannot score', () => {
  test.each([
    [
      problemType('x'.repeat(70)),
      {
        _tag: 'UnknownProblemType',
        cause: `problemType is "${'x'.repeat(60)}"`,
        remedy: 'Give one of: multiple choice, numerical, regression, OCR, free-form.',
      },
    ],
    [
      accuracy({ maxCharacters: 3 })('OCR')('abcd', 'a'),
      {
        _tag: 'AnswerTooLong',
        cause: 'the answer has 4 characters of at most 3',
        remedy: 'Shorten the completions, or raise maxCharacters.',
      },
    ],
    [accuracy({ maxCharacters: 3 })('OCR')('abc', 'abcd'), { cause: 'the truth has 4 characters of at most 3' }],
    [
      accuracy()('numerical')('1', 'x'.repeat(70)),
      {
        _tag: 'BadTruth',
        cause: `the truth "${'x'.repeat(60)}" cannot be scored as numerical`,
        remedy: 'Mend or drop the record.',
      },
    ],
  ])('fault %#', (made, wanted) => expect(made).toMatchObject({ left: wanted }))
  test('answers are taken out of their tags, and both ends stripped in the mode of Video-R1', () => {
    expect(accuracy({ maxCharacters: 3 })('OCR')('abc', 'abc')).toEqual(E.right(1))
    expect(accuracy()('OCR')('<think>x</think><answer>a</answer>', 'a')).toEqual(E.right(1))
    expect(accuracy({ mode: 'video-r1' })('multiple choice')('\u3000B ', ' B')).toEqual(E.right(1))
    expect(accuracy({ mode: 'video-r1' })('multiple choice')('B.', 'B')).toEqual(E.right(0))
    expect(accuracy()('OCR')('a b c d', 'x')).toEqual(E.right(0))
  })
})

describe('reward functions', () => {
  const remedy = 'Mend the reward function, or return null where it does not apply.'
  test('scores in their order with their weights', async () => {
    const run = runRewards<string>([
      { name: 'a', score: text => text.length },
      { name: 'b', weight: 2, score: () => Promise.resolve(null) },
      { name: 'c', weight: 3, score: () => 0.5 },
    ])
    const made = await run('four')()
    expect(made).toEqual(
      E.right([
        { name: 'a', weight: 1, value: 4 },
        { name: 'b', weight: 2, value: null },
        { name: 'c', weight: 3, value: 0.5 },
      ]),
    )
    expect(E.isRight(made) && sumScores(made.right)).toBe(5.5)
    expect(sumScores([])).toBeNull()
  })
  test('a failure says whose it is', async () => {
    const run = (score: () => number) => runRewards([{ name: 'style', score }])('')()
    expect(await run(() => Number.POSITIVE_INFINITY)).toEqual(
      E.left({ _tag: 'RewardFailed', cause: 'the reward "style" gave Infinity', remedy }),
    )
    const text = () => {
      throw 'plain text'
    }
    expect(await run(text)).toEqual(
      E.left({ _tag: 'RewardFailed', cause: 'the reward "style" threw: plain text', remedy }),
    )
  })
})

test('the number of a text', () => {
  expect(writtenNumber('x')).toBeNull()
  expect(writtenNumber('5 cm')).toMatchObject({ value: 5, decimals: 0, hasUnit: true })
  expect(writtenNumber('2.50')).toMatchObject({ value: 2.5, decimals: 2, hasUnit: false })
})
