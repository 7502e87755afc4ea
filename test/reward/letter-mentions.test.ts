import { either as E } from 'fp-ts'
import { accuracy } from 'kinograd/reward'
import { describe, expect, test } from 'vitest'
import { readTokens } from '../../src/reward/answer-tokens.ts'
import { letterMentions } from '../../src/reward/letter/mention.ts'
import { isStuck } from '../../src/reward/letter/stuck.ts'
import { unreadLetters } from '../../src/reward/letter/unread.ts'

/** The letters that a text names, in their order; a full stop behind those that stand as labels do. */
const named = (text: string, count = 26): string =>
  letterMentions(readTokens(text), count)
    .map(({ value, label }) => `${value}${label ? '.' : ''}`)
    .join(' ')

describe('letters that are named', () => {
  test.each([
    ['', ''],
    ['B', 'B.'],
    ['b', 'B.'],
    ['ball', ''],
    ['B. yy', 'B.'],
    ['b. yy', 'B.'],
    ['b) yy', 'B.'],
    ['b: yy', 'B.'],
    ['b, yy', 'B.'],
    ['b; yy', 'B.'],
    ['b、yy', 'B.'],
    ['b。yy', 'B.'],
    ['b - yy', 'B.'],
    ['b】yy', 'B.'],
    ['b] yy', 'B.'],
    ['b | yy', 'B.'],
    ['b yy', ''],
    ['b! yy', ''],
    ['B yy', ''],
    ['B! yy', 'B'],
    ['xx b. yy', ''],
    ['xx B. yy', ''],
    ['xx\nb. yy', 'B.'],
    ['xx\nb', 'B.'],
    ['xx\nb\nyy', 'B.'],
    ['xx b\nyy', ''],
    ['- b. yy', 'B.'],
    ['xx (\nb. yy', 'B.'],
    ['xx\n( b. yy', 'B.'],
    ['xx ( b. yy', ''],
    ['((((b. yy', 'B.'],
    ['(((((b. yy', ''],
    ['the ball (b)', 'B'],
    ['the ball [b]', 'B'],
    ['the ball {b}', ''],
    ['the ball "b"', 'B'],
    ["the ball 'b'", 'B'],
    ['the ball 【b】', 'B'],
    ['the ball 「b」', 'B'],
    ['the ball 『b』', 'B'],
    ['the ball 〔b〕', 'B'],
    ['the ball |b|', 'B'],
    ['the ball (b', ''],
    ['the ball b)', ''],
    ['it is b) yy', 'B'],
    ['it is b] yy', ''],
    ['it is b" yy', ''],
    ['xx, b) yy', 'B'],
    ['xx, b] yy', ''],
    ['option b', 'B'],
    ['option b yy', 'B'],
    ['the option is b', 'B'],
    ['the option is b yy', ''],
    ['the option is B yy', 'B'],
    ['the option is b because', 'B'],
    ['the option is b, yy', 'B'],
    ['the option is b\nyy', 'B'],
    ['the answer: b yy', ''],
    ['answer b yy', 'B'],
    ['choose b yy', 'B'],
    ['option: "(b yy', ''],
    ['option: "(b', 'B'],
    ['option! b', ''],
    ['option xx b', ''],
    ['option is right b', 'B'],
    ['option → = b', 'B'],
    ['option a yy', 'A'],
    ['the option is a yy', ''],
    ['the option is A yy', ''],
    ['the option is A because', 'A'],
    ['the option is a because', 'A'],
    ['the option is I yy', ''],
    ['the option is i yy', ''],
    ['the option is I because', 'I'],
    ['option i yy', 'I'],
    ['option A yy', 'A'],
    ['option is is is is is is is is is b', 'B'],
    ['option is is is is is is is is is is b', ''],
    ['so B', 'B'],
    ['so b', ''],
    ['and B', 'B'],
    ['because B', 'B'],
    ['not B', 'B'],
    ['right B', 'B'],
    ['considered B', 'B'],
    ['vitamin B', ''],
    ['vitamin\nB', 'B.'],
    ['xx! B', 'B'],
    ['so B is', 'B'],
    ['so B yy', ''],
    ['so B\nyy', 'B'],
    ['so B C', 'B C'],
    ['so I', 'I'],
    ['so I is', ''],
    ['so I, yy', 'I'],
    ['so I\nyy', 'I'],
    ['B 5', 'B'],
    ['A 5', ''],
    ['so B 5', ''],
    ['B the ball', 'B'],
    ['A the ball', 'A'],
    ['so B the ball', 'B'],
    ['so B my ball', ''],
    ['B my ball', 'B'],
    ['A my ball', ''],
    ['B 红色', 'B'],
    ['A 红色', 'A'],
    ['B红色', ''],
    ['so B 红色', ''],
    ['A B C', 'A B C'],
    ['AC', 'A C'],
    ['CA', ''],
    ['AA', ''],
    ['ACx', ''],
    ['the AC unit', ''],
    ['the answer is AC', 'A C'],
    ['answer: BD', 'B D'],
    ['answer: AC4', ''],
    ['answer: AC unit', 'A C'],
    ['xx AC', ''],
    ['ABCDEFGHIJ', 'A B C D E F G H I J'],
    ['JK', ''],
    ['answer: a, b, c', 'A B C'],
    ['answer: a or b', 'A B'],
    ['answer: a and b', 'A B'],
    ['answer: a maybe b', 'A B'],
    ['answer: a,,,,, b', 'A B'],
    ['answer: a,,,,,, b', 'A B'],
    ['answer: a,,,,,,, b', 'A'],
    ['answer: b c d', ''],
    ['answer: b, cat', 'B'],
    ['answer: b, c cat', 'B'],
    ['answer: b, c\ncat', 'B C'],
    ['answer: b, c!', 'B C'],
    ['answer: b, c and', 'B C'],
    ['answer: b, c4', 'B'],
    ['b, c is right', 'B.'],
    ['b, c', 'B. C'],
    ['xx b, option c', 'C'],
    ['! b, option c', 'B. C'],
    ['xx a (B)', 'B'],
    ['xx! a, (B)', 'A B'],
    ['xx a, (B)', 'B'],
    ['xx\na, (B)', 'A. B'],
    ['xx c d, (B)', 'D B'],
    ['xx\nc d, (B)', 'C D B'],
    ['~ b ~', 'B'],
    ['xx and c d, (B)', 'C D B'],
    ['and or c, (B)', 'C B'],
    ['xx, yy or (B), c', 'B C'],
  ])('%j: %s', (text, wanted) => expect(named(text)).toBe(wanted))
  test.each([
    ['D', 3, ''],
    ['C', 3, 'C.'],
    ['ABD', 3, ''],
    ['ABC', 3, 'A B C'],
    ['answer: c, d', 3, 'C'],
    ['answer: D or C', 3, 'C'],
  ])('%s of %d options: %s', (text, count, wanted) => expect(named(text, count)).toBe(wanted))
})

/** Whether the only single letter of a text is stuck to something. */
const stuck = (text: string): boolean => {
  const tokens = readTokens(text)
  return isStuck(
    tokens,
    tokens.findIndex(({ text: written }) => /^[A-Za-z]$/.test(written)),
  )
}

describe('what is stuck to a letter', () => {
  test.each(
    "4B|4 B|°B|&B|@B|#B|ball.B|ball-B|apple(s)|B4|Bär's B|B&|B@|B#|B+|B-ray|B.g|B^|ball(s"
      .split('|')
      .filter(text => !text.includes(' B') || text === '4 B'),
  )('%s', text => expect(stuck(text)).toBe(true))
  test.each(
    'B|-B ball|-B @ ball|(B)|\'B\'|"B"|-B|.B|- B|x- B|x -B|ball. B|ball(B)|ball (s)|球(s)|球.x|(s)|B 4|B.|B. g|B.ball|B-|B-5|B -ray|B - ray|B & c|球B|B球|B.球|B, c|° B|5.B|5-B|B)'.split(
      '|',
    ),
  )('not in %s', text => expect(stuck(text)).toBe(text === '球.x'))
})

describe('letters that may name options and were not read', () => {
  const unread = (text: string, count = 26, read: readonly number[] = []): string =>
    unreadLetters(readTokens(text), count, at => read.includes(at)).join('')
  test.each([
    ['red B blue C green', 'BC'],
    ['red b blue', ''],
    ['red, b, blue', 'B'],
    ['red, b blue', ''],
    ['red b, blue', ''],
    ['red b. blue', 'B'],
    ['red b) blue', 'B'],
    ['red b ) blue', ''],
    ['red b: blue', ''],
    ['A I a i', ''],
    ['J K', 'J'],
    ['5 B 6', 'B'],
    ['5 B', ''],
    ['5 B x', ''],
    ['x B 6', 'B'],
    ['5B6', ''],
    ['B', 'B'],
    ['b', 'B'],
    ['AB', ''],
    ['xx B5 yy', ''],
  ])('%s: %s', (text, wanted) => expect(unread(text)).toBe(wanted))
  test('those that were read, and those beyond the options, are none', () => {
    expect(unread('B C D', 26, [0, 2])).toBe('C')
    expect(unread('B C D', 3)).toBe('BC')
    expect(unread('B C D', 2)).toBe('B')
  })
})

describe('what a truth asks for', () => {
  const scored = (answer: string, truth: string, options: readonly string[] = []): number | string =>
    E.match(
      ({ _tag }: { readonly _tag: string }): number | string => _tag,
      (reward: number): number | string => reward,
    )(accuracy()('multiple choice')(answer, truth, { options }))
  test.each([
    ['E. faecalis', 'E. coli', 0],
    ['E. coli bacteria', 'E. coli', 1],
    ['E, the bacterium', 'E. coli', 0],
    ['E. faecalis and many others that are not meant', 'E. coli', 1],
    ['E', 'E. coli', 1],
    ['The answer is E', 'E. coli', 1],
    ['(E) the faecalis', 'E. coli', 0],
    ['E. xx yy', 'E. coli', 0],
    ['E. xx yy zz', 'E. coli', 1],
    ['E. xx coli', 'E. coli', 1],
    ['E. faecalis', 'E', 1],
    ['B', 'it is B because', 0],
    ['B. red cube', 'B. red ball', 1],
    ['B. blue cube', 'B. red ball', 0],
    ['A, C', 'C and A', 1],
    ['A, C', 'C, A', 1],
    ['A', 'A and A', 1],
    ['A and C', 'A, C', 1],
    ['A', 'A, C', 0],
    ['C', 'A. the C', 0],
    ['A', 'A. the C', 1],
    ['A', 'a red ball', 0],
    ['a red ball', 'a red ball', 1],
    ['The answer is a red ball', 'a red ball', 1],
    ['The answer is red ball.', 'a red ball', 1],
    ['The answer is a red ball today', 'a red ball', 0],
    ['It is a red ball', 'a red ball', 0],
    ['Is it a red ball', 'a red ball', 0],
    ['The answer is 5 balls', '5 balls', 1],
    ['5 balls', '5 balls', 1],
    ['B', '!', 'BadTruth'],
  ] as const)('%s for %s is %s', (answer, truth, right) => expect(scored(answer, truth)).toBe(right))
  test.each([
    ['E. faecalis', 'E. coli', ['a', 'b', 'c', 'd', 'coli'], 1],
    ['B', 'the cat', ['the dog', 'the cat'], 1],
    ['A', 'the cat', ['the dog', 'the cat'], 0],
    ['the cat', 'the cat', ['the dog', 'the cat'], 1],
    ['B', 'the cat', ['the cat', 'the cat'], 0],
    ['B', 'red cat', ['redcat', 'red cat'], 1],
    ['C', 'C', ['x', 'y'], 'BadTruth'],
    ['C', 'C', ['x', 'y', 'z'], 1],
    ['x', 'Z', [], 0],
    ['c', 'c', ['x', 'y'], 1],
    ['C', 'C x', ['x', 'y'], 0],
    ['CX', 'CX', ['x', 'y'], 1],
  ] as const)('%s for %s among %j is %s', (answer, truth, options, right) =>
    expect(scored(answer, truth, options)).toBe(right),
  )
})
