import { optionLetter } from 'kinograd/reward'
import { describe, expect } from 'vitest'
import { readLetters } from '../../src/reward/letter/choice.ts'
import { occurrences, readOptions } from '../../src/reward/letter/options.ts'
import { fc, test } from '../property.ts'

const numRuns = Number(process.env.KINOGRAD_FUZZ_RUNS ?? 100)
const letters = (text: string, options: readonly string[] = []): string =>
  readLetters(text, readOptions(options))?.join('') ?? 'none'

/** Fills X, Y and Z of a form with letters. */
const filled = (form: string, [x, y = '', z = '']: readonly string[]): string =>
  form
    .replaceAll('X', x ?? '')
    .replaceAll('Y', y)
    .replaceAll('Z', z)
/** Letters that are no article and no pronoun; the forms hold no capitals but X, Y and Z. */
const several = fc.uniqueArray(fc.constantFrom(...'BCDEFGH'), { minLength: 3, maxLength: 3 })

/** Ways to choose one. */
const chosen = [
  'X',
  '(X)',
  '[X]',
  'X.',
  'X)',
  'X:',
  'X!',
  'X?',
  '"X"',
  "'X'",
  '**X**',
  '`X`',
  '【X】',
  '「X」',
  '『X』',
  '〔X〕',
  '| X |',
  '- X',
  '# X',
  '> X',
  '$X$',
  '\\boxed{X}',
  '\\text{X}',
  '<answer>X</answer>',
  'X.\n',
  '\n\nX',
  'X ✓',
  'X ✔',
  'X ✅',
  'the answer is X',
  'the answer is (X)',
  'the answer is: X',
  'the answer: X',
  'answer - X',
  'answer → X',
  'answer = X',
  'final answer: X',
  'the final answer is X.',
  'answer:\nX',
  'the final answer\n\nX',
  'the correct option is X',
  'the correct answer is option X',
  'the right choice is X',
  'the best choice would be X',
  'option X',
  'choice X',
  'option X is correct',
  'X is correct',
  'X is right',
  'X is the answer',
  'X is the correct answer',
  'X is clearly the right one',
  'X. is right',
  'X) is correct',
  'i choose X',
  'i would go with X',
  "i'd go with X",
  'going for X',
  'i pick X',
  'my guess is X',
  'so X',
  'so it is X',
  "it's X",
  'it must be X',
  'this should be X',
  'therefore, X',
  'so the answer must therefore be option X',
  'thus X is it',
  'i think X',
  'i think it is X',
  'maybe X',
  'probably X',
  'X, i think',
  'X because the ball is red',
  'X since the ball is red',
  'X, the ball',
  'X - the ball',
  'X: the ball',
  'it must be X, while Y red',
  'X: red X blue',
  'X) the ball',
  '(X) the ball',
  'X. the ball',
  'X\nthe ball',
  'the ball (X)',
  'the letter is X',
  'X: yes',
  '(X) yes',
  '选X',
  '答案是X',
  '答案：X',
  '选择X',
  '应选X',
  '故选：X',
  '正确答案是X',
  'X是正确的',
  'X选项正确',
  '最终答案：X',
  '答えはXです',
  '정답은 X입니다',
  'respuesta: X',
  'ответ: X',
  'not Y but X',
  'not Y, X',
  'X, not Y',
  'X and not Y',
  'X rather than Y',
  'X instead of Y',
  'Y is wrong. X',
  'Y is wrong, so X',
  'Y. is wrong, so it must be X',
  'Y is incorrect; X is correct',
  'Y is not correct. X is.',
  "Y isn't right. X",
  'Y cannot be right. X',
  "it can't be Y, so it is X",
  'i considered Y, but X',
  'i considered Y. The answer is X',
  'at first i thought Y, but the answer is X',
  'rule out Y and Z, so X',
  'Y and Z are wrong. X',
  'Y and Z are ruled out, so X',
  'neither Y nor Z. X',
  'we can exclude Y. X',
  'Y? no, X',
  'Y. no, X',
  'Y... wait, X',
  'the answer is Y. wait, the answer is X',
  'the answer is Y. sorry, the answer is X',
  'it could be X or Y, but the answer is X',
  'Y is tempting. \\boxed{X}',
  'Y (no) X',
  'options: Y, Z, X. The answer is X',
  'Y is red. Z is blue. so the answer is X',
  'the options are Y, Z and X. The answer is X',
  'X\nbecause Y is wrong',
  'X, since Y shows a cube',
  'X. explanation: Y and Z are wrong',
  'X, because option Y is smaller',
  'Y is not the answer. X',
  'Y ✗ X ✓',
  'Y ❌ X ✅',
  'not Y. X',
  'Y, but it is wrong. X',
  'Y, but that is incorrect. X',
  'Y. that is wrong. X',
  'anything but Y: X',
  'other than Y, X is right',
  'Y不对，选X',
  '不选Y，选X',
  '排除Y，选X',
] as const

/** Ways to choose none, or to leave open which. */
const open = [
  'not X',
  'X is wrong',
  'X is incorrect',
  "X isn't correct",
  'X is not right',
  'X cannot be right',
  'X would be wrong',
  'X. is wrong',
  '(X) is wrong',
  'X ✗',
  'X ✘',
  'X ❌',
  'X no',
  'X is ruled out',
  'X was eliminated',
  'the answer is not X',
  'it is not X',
  "it isn't X",
  'rule out X',
  'excluding X',
  'all except X',
  'everything but X',
  'anything but X',
  'neither X',
  'not the answer: X',
  'i reject X',
  'neither X nor Y',
  'neither X nor Y is right',
  'X and Y are wrong',
  'rule out X, Y and Z',
  'X, Y and Z are wrong',
  'not X or Y',
  'X or Y is wrong',
  'X or Y',
  'X/Y',
  'X / Y',
  'X vs Y',
  'X versus Y',
  'either X or Y',
  'X or maybe Y',
  'X or possibly Y',
  'between X and Y',
  'it is between X and Y',
  'the answer is X or Y',
  'the answer is X. the answer is Y',
  'X-Y',
  'X~Y',
  'X→Y',
  'the answer is either X or Y',
  'X? Y? Z?',
  'X) red Y) blue Z) green',
  'X: red\nY: blue\nZ: green',
  'X. red\nY. blue',
  'X. red because\nY. blue',
  'X. red because Y is,\nZ. blue',
  '(X) red (Y) blue',
  'answer: X answer: Y',
  '\\boxed{X} \\boxed{Y}',
  'X is red, Y is blue',
  'X = red, Y = blue',
  'X for red, Y for blue',
  'X because Y because Z',
  'X red Y blue Z green',
  'X 1 Y 2 Z 3',
  'X或Y',
  'X还是Y',
  'X不对',
  'X不正确',
  '不是X',
  'i am not sure about X or Y',
  'X or Y?',
] as const

/** Ways to choose two. */
const both = [
  'X and Y',
  'X. Y.',
  'X\n\n\nY',
  'X & Y',
  'X, Y',
  'X,Y',
  'X; Y',
  'X、Y',
  'X | Y',
  'X Y',
  '(X) and (Y)',
  '(X), (Y)',
  'both X and Y',
  'both X and Y are correct',
  'the answers are X and Y',
  'the correct options are X and Y',
  'answer: X, Y',
  'the answer is X and Y',
  'X and also Y',
  'X和Y',
  'X以及Y',
  '\\boxed{X, Y}',
  'X和Y是正确的',
  'option X and option Y',
] as const

describe('forms of an answer, with any letters', () => {
  test.prop([fc.constantFrom(...chosen), several], { numRuns: numRuns * 5 })('one is chosen', (form, given) => {
    const text = filled(form, given)
    expect([text, letters(text)]).toEqual([text, given[0]])
  })
  test.each(chosen)('%s', form => expect(letters(filled(form, ['D', 'B', 'F']))).toBe('D'))
  test.each(open)('none: %s', form => expect(letters(filled(form, ['D', 'B', 'F']))).toBe('none'))
  test.prop([fc.constantFrom(...open), several], { numRuns: numRuns * 3 })('none is chosen', (form, given) => {
    const text = filled(form, given)
    expect([text, letters(text)]).toEqual([text, 'none'])
  })
  test.each(both)('two: %s', form => expect(letters(filled(form, ['D', 'F']))).toBe('DF'))
})

describe('options of a record', () => {
  const options = (...texts: readonly string[]) =>
    readOptions(texts).map(({ letter, words, text }) => `${letter}:${words.join(' ')}:${text}`)
  test.each([
    [
      ['A. a dog', 'B. The Cat'],
      ['A:dog:a dog', 'B:cat:The Cat'],
    ],
    [
      ['(A) dog', '(B) cat'],
      ['A:dog:dog', 'B:cat:cat'],
    ],
    [
      ['[a] dog', 'b) cat', 'C: cow', 'd] pig', 'E、hen', 'F．owl', 'G：elk', 'H）ant'],
      'dog cat cow pig hen owl elk ant'.split(' ').map((text, i) => `${'ABCDEFGH'.charAt(i)}:${text}:${text}`),
    ],
    [
      ['  A . dog', 'B  . cat'],
      ['A:a dog:  A . dog', 'B:b cat:B  . cat'],
    ],
    [
      ['  A . dog', 'B .  cat'],
      ['A:dog:dog', 'B:cat:cat'],
    ],
    [
      ['dog', 'cat'],
      ['A:dog:dog', 'B:cat:cat'],
    ],
    [
      ['B. dog', 'A. cat'],
      ['A:b dog:B. dog', 'B:a cat:A. cat'],
    ],
    [
      ['A. dog', 'cat'],
      ['A:a dog:A. dog', 'B:cat:cat'],
    ],
    [
      ['a', 'an', 'the'],
      ['A:a:a', 'B:an:an', 'C:the:the'],
    ],
    [
      ['An 8-bit', 'The'],
      ['A:an 8 bit:An 8-bit', 'B:the:The'],
    ],
    [[], []],
  ] as const)('%j', (texts, wanted) => expect(options(...texts)).toEqual(wanted))
  test('words that begin again within themselves', () => {
    const places = (words: string, sought: string) => occurrences(words.split(''), sought.split(''))
    expect(places('aabaabaa', 'aabaa')).toEqual([0, 3])
    expect(places('ababababab', 'abab')).toEqual([0, 2, 4, 6])
    expect(places('aaabaaaab', 'aaab')).toEqual([0, 5])
    expect(places('aabaaabaaab', 'aabaaab')).toEqual([0, 4])
  })
  test('no more than there are letters', () => {
    expect(readOptions(Array.from({ length: 30 }, (_, i) => `${i}`))).toHaveLength(26)
  })
  test.prop(
    [fc.array(fc.constantFrom('a', 'b'), { maxLength: 20 }), fc.array(fc.constantFrom('a', 'b'), { maxLength: 5 })],
    { numRuns: numRuns * 3 },
  )('every place of some words among others', (words, sought) => {
    const naive = words.flatMap((_, at) =>
      sought.length > 0 && sought.every((word, i) => words[at + i] === word) ? [at] : [],
    )
    expect(occurrences(words, sought)).toEqual(naive)
  })
})

describe('with the options known', () => {
  const animals = ['A. a dog', 'B. a red dog', 'C. a cat', 'D. two cats', 'E. none of these']
  const cases: readonly (readonly [string, readonly string[], string])[] = [
    ['a dog', animals, 'A'],
    ['the dog', animals, 'A'],
    ['a red dog', animals, 'B'],
    ['it is a red dog', animals, 'B'],
    ['a red dog and a cat', animals, 'none'],
    ['red dog and cat', ['red dog', 'cat'], 'AB'],
    ['a red dog or a cat', animals, 'none'],
    ['not a dog', animals, 'none'],
    ['not a dog but a cat', animals, 'C'],
    ['a horse', animals, 'none'],
    ['F', animals, 'none'],
    ['E', animals, 'E'],
    ['(C) a cat', animals, 'C'],
    ['C. a dog', animals, 'none'],
    ['C. the dog', animals, 'none'],
    ['C: a dog', animals, 'none'],
    ['C a cat', animals, 'C'],
    ['C, because a dog is larger', animals, 'C'],
    ['a dog (C)', animals, 'none'],
    ['a dog [C]', animals, 'none'],
    ['a cat (C)', animals, 'C'],
    ['The answer is C. a dog', animals, 'none'],
    ['The answer is C. A dog is larger.', animals, 'C'],
    ['C and A', animals, 'AC'],
    ['C. a cat and A. a dog', animals, 'none'],
    ['The answer is C and A: a red dog', animals, 'none'],
    ['none of these', animals, 'E'],
    ['A\n', ['x', 'y'], 'A'],
    ['B', ['A. B', 'B. A'], 'B'],
    ['a', ['a', 'b'], 'A'],
    ['b', ['a', 'b'], 'B'],
    ['1 km', ['1,000 m', '2,000 m'], 'A'],
    ['1 km', ['1,000 m', '1000 m'], 'none'],
    ['1 km', ['1,000 m', 'far'], 'none'],
    ['3 km', ['1,000 m', '2,000 m'], 'none'],
    ['1 or 2 km', ['1,000 m', '2,000 m'], 'none'],
    ['Both A and B', ['red', 'blue', 'Both A and B'], 'C'],
    ['The answer is both A and B', ['red', 'blue', 'both A and B'], 'C'],
    ['\\boxed{a cat}', animals, 'C'],
    ['\\boxed{C} \\boxed{a cat}', animals, 'C'],
    ['\\boxed{C} \\boxed{a dog}', animals, 'none'],
    ['\\boxed{} \\boxed{}', animals, 'none'],
    ['red, red', ['red', 'blue'], 'A'],
    ['yes', ['Yes', 'yes'], 'AB'],
    ['B. 5', ['5', '6'], 'none'],
    ['B. 6', ['5', '6'], 'B'],
    ['C. a dog, and more', animals, 'none'],
    ['C. a dog. Some more', animals, 'none'],
    ['C. a dog; and more', animals, 'none'],
    ['C. a dog (and more)', animals, 'none'],
    ['C. a dog。more', animals, 'none'],
    ['C. a dog\nand more', animals, 'none'],
    ['C.\na dog', animals, 'none'],
    ['C. a dog and more', animals, 'C'],
    ['B', ['?', 'x'], 'B'],
    ['A. cat', ['cat', 'cat'], 'A'],
    ['not a dog, it is (C)', animals, 'C'],
    ['E. coli', ['E. coli', 'b1', 'c1', 'd1', 'e1'], 'A'],
    ['The answer is B', ['A. B', 'B. A'], 'B'],
    ['It is the red, ball', ['red ball', 'x1'], 'A'],
  ]
  test.each(cases)('%j with %j: %s', (text, options, wanted) => expect(letters(text, options)).toBe(wanted))
  test('the one letter, or null', () => {
    expect(optionLetter('a cat', animals)).toBe('C')
    expect(optionLetter('a red dog and a cat', animals)).toBeNull()
    expect([optionLetter('C'), optionLetter('')]).toEqual(['C', null])
  })
})
