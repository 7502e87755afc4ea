import { describe, expect, test } from 'vitest'
import { readTokens } from '../../src/reward/answer-tokens.ts'
import { standingAfter } from '../../src/reward/commitment/after.ts'
import { standingBefore } from '../../src/reward/commitment/before.ts'
import { joinOf } from '../../src/reward/commitment/join.ts'
import type { Mention, Standing } from '../../src/reward/commitment/mention.ts'
import { committed, explained } from '../../src/reward/commitment/resolve.ts'
import { statements } from '../../src/reward/commitment/statement.ts'
import * as vocabulary from '../../src/reward/commitment/vocabulary.ts'
import type { Token } from '../../src/reward/text/token.ts'

/** Capitals W to Z stand for what a text may name. */
const named = (tokens: readonly Token[]): readonly Mention<string>[] =>
  tokens.flatMap(({ text }, at) => (/^[WXYZ]$/.test(text) ? [{ value: text, key: text, from: at, next: at + 1 }] : []))
const firmnesses = ['considered', 'named', 'must', 'firm', 'final'] as const
const said = ({ firmness, rejected }: Standing): string => (rejected ? 'rejected' : firmnesses[firmness + 1]!)
const last = (text: string): readonly [readonly Token[], Mention<string>] => {
  const tokens = readTokens(text)
  return [tokens, named(tokens).at(-1)!]
}
const ahead = (text: string): string => {
  const [tokens, { from }] = last(text)
  return said(standingBefore(tokens, from))
}
const behind = (text: string): string => {
  const [tokens] = last(text)
  return said(standingAfter(tokens, named(tokens)[0]!.next))
}
const unspaced = /[^\p{ASCII}\p{Script=Latin}\p{Script=Cyrillic}]/u
/** A word before what it speaks of; words of scripts without spaces stand right before it. */
const beforeX = (word: string): string => (unspaced.test(word) ? `${word}X` : `${word} X`)

describe('what stands before a name', () => {
  test('every noun of an answer makes it firm, and "final" makes it final', () => {
    for (const noun of vocabulary.answerNouns) {
      expect([noun, ahead(beforeX(noun))]).toEqual([noun, 'firm'])
      expect([noun, ahead(`${noun}: X`)]).toEqual([noun, 'firm'])
      expect([noun, ahead(`final ${noun} X`)]).toEqual([noun, 'final'])
      expect([noun, ahead(`not ${noun} X`)]).toEqual([noun, 'rejected'])
      expect([noun, ahead(`not the ${noun}: X`)]).toEqual([noun, 'rejected'])
    }
  })
  test('every verb of choice', () => {
    for (const verb of vocabulary.choosing) {
      expect([verb, ahead(`i ${beforeX(verb)}`)]).toEqual([verb, 'firm'])
      expect([verb, ahead(`not ${beforeX(verb)}`)]).toEqual([verb, 'rejected'])
    }
  })
  test('every noun of an option names; it is right, or it is what is looked for', () => {
    for (const noun of vocabulary.optionNouns) {
      expect([noun, ahead(beforeX(noun))]).toEqual([noun, 'named'])
      expect([noun, ahead(`the correct ${beforeX(noun)}`)]).toEqual([noun, 'firm'])
      expect([noun, ahead(`the ${noun} is X`)]).toEqual([noun, 'firm'])
      expect([noun, ahead(`${noun}: X`)]).toEqual([noun, 'firm'])
      for (const each of ['each', 'every', 'any', 'another', 'other', 'which', 'per'])
        expect([noun, ahead(`${each} ${noun}: X`)]).toEqual([noun, 'named'])
    }
    for (const plural of vocabulary.optionPlurals) {
      expect([plural, ahead(`the ${plural} are X`)]).toEqual([plural, 'named'])
      expect([plural, ahead(`the correct ${plural} are X`)]).toEqual([plural, 'firm'])
    }
  })
  test('every word that rejects, or dismisses, or concludes', () => {
    for (const word of vocabulary.rejecting) expect([word, ahead(beforeX(word))]).toEqual([word, 'rejected'])
    for (const pair of vocabulary.rejectingPairs)
      expect([pair, ahead(`${pair.replace('.', ' ')} X`)]).toEqual([pair, 'rejected'])
    for (const word of vocabulary.dismissing) expect([word, ahead(`i ${word} X`)]).toEqual([word, 'considered'])
    for (const word of vocabulary.concluding) expect([word, ahead(beforeX(word))]).toEqual([word, 'must'])
  })
  test('links are walked over', () => {
    for (const word of vocabulary.linking) {
      if (vocabulary.answerNouns.has(word) || word === 'go' || word === 'going' || unspaced.test(word)) continue
      expect([word, ahead(`answer ${word} X`)]).toEqual([word, 'firm'])
    }
  })
  test.each([
    ['X', 'named'],
    ['ball X', 'named'],
    ['is X', 'named'],
    ['it is X', 'must'],
    ['this is X', 'must'],
    ['that is X', 'must'],
    ["it's X", 'must'],
    ["that's X", 'must'],
    ['it must be X', 'must'],
    ['should be X', 'must'],
    ['it was X', 'must'],
    ['then X', 'named'],
    ['it equals X', 'must'],
    ['x = X', 'named'],
    ['so = X', 'must'],
    ['it X', 'named'],
    ['go with X', 'firm'],
    ['going for X', 'firm'],
    ['go to X', 'named'],
    ['go X', 'named'],
    ['ball with X', 'named'],
    ['ball for X', 'named'],
    ['应该为X', 'must'],
    ['就為X', 'must'],
    ['final X', 'named'],
    ['the answer is not X', 'rejected'],
    ['the answer is most likely the option X', 'firm'],
    ['the answer of the ball is X', 'named'],
    ['the answer: "(X', 'firm'],
    ['the answer → X', 'firm'],
    ['the answer - X', 'firm'],
    ['the answer < X', 'firm'],
    ['the answer; X', 'named'],
    ['the answer. X', 'named'],
    ['the answer is, X', 'firm'],
    ['the answer is probably, X', 'firm'],
    ['the answer of a ball, X', 'named'],
    ['so, X', 'must'],
    ['ball, X', 'named'],
    ['the answer is A, X', 'named'],
    ['A, is X', 'named'],
    ['the answer is A X', 'named'],
    ['the answer is\nX', 'named'],
    ['the answer is:\nX', 'firm'],
    ['the answer =\nX', 'firm'],
    ['the final answer\nX', 'final'],
    ['the answer\nis X', 'named'],
    ['not right, X', 'named'],
    ['so the right, X', 'named'],
    ['the answer:\nit is X', 'firm'],
    ['the answer a\nit is X', 'must'],
    ['the answer is in the in the in the in the in the in X', 'firm'],
    ['the answer is in the in the in the in the in the in the X', 'firm'],
    ['the answer is in the in the in the in the in the in the in X', 'named'],
    ['最终答案是X', 'final'],
    ['最终答案：X', 'final'],
    ['不是答案：X', 'rejected'],
    ['应该是X', 'must'],
    ['就是X', 'named'],
    ['所以是X', 'must'],
    ['rather X', 'named'],
    ['all but X', 'rejected'],
    ['but X', 'named'],
    ['correct X', 'named'],
    ['the right is X', 'named'],
    ['not right: X', 'rejected'],
    ['neither the answer is X', 'rejected'],
  ])('%j: %s', (text, wanted) => expect(ahead(text)).toBe(wanted))
})

describe('what stands behind a name', () => {
  test('every word that calls it wrong, or right', () => {
    for (const word of vocabulary.wrongWords) {
      const words = unspaced.test(word) ? `X${word}` : `X is ${word}`
      expect([word, behind(words)]).toEqual([word, 'rejected'])
    }
    for (const word of vocabulary.rightWords) {
      const words = unspaced.test(word) ? `X是${word}` : `X is ${word}`
      expect([word, behind(words)]).toEqual([word, 'firm'])
      if (!unspaced.test(word)) expect([word, behind(`X is not ${word}`)]).toEqual([word, 'rejected'])
    }
    for (const word of vocabulary.denying) expect([word, behind(`X ${word}`)]).toEqual([word, 'rejected'])
  })
  test('verbs and their like are walked over', () => {
    for (const word of vocabulary.saying) {
      expect([word, behind(`X ${word} wrong`)]).toEqual([word, 'rejected'])
      expect([word, behind(`X ${word} right`)]).toEqual([word, 'firm'])
    }
  })
  test.each([
    ['X', 'named'],
    ['X is', 'named'],
    ['X ball wrong', 'named'],
    ['X is a ball, wrong', 'named'],
    ['X right', 'named'],
    ['X正确', 'firm'],
    ['X正確', 'firm'],
    ['X对', 'named'],
    ['X wrong', 'rejected'],
    ['X is out', 'rejected'],
    ['X be out', 'rejected'],
    ['X was out', 'rejected'],
    ['X out', 'named'],
    ['X looks out', 'named'],
    ['X is ruled out', 'rejected'],
    ['X ruled out', 'rejected'],
    ['X is ruled', 'named'],
    ['X ✗', 'rejected'],
    ['X✘', 'rejected'],
    ['X) ❌', 'rejected'],
    ['X no', 'rejected'],
    ['X. no', 'rejected'],
    ['X. No', 'named'],
    ['X ✓', 'firm'],
    ['X ✔', 'firm'],
    ['(X) ✅', 'firm'],
    ['X yes', 'firm'],
    ['X: yes', 'firm'],
    ['X) is right', 'firm'],
    ['(X) is right', 'firm'],
    ['"X" is right', 'firm'],
    ['【X】 is right', 'firm'],
    ['[{X}] is right', 'firm'],
    ['X: is right', 'firm'],
    ['X - is right', 'firm'],
    ['X. is right', 'firm'],
    ['X. Is right', 'named'],
    ['X.\nis right', 'named'],
    ['X. is wrong', 'rejected'],
    ['X. wrong', 'named'],
    ['X. is not', 'rejected'],
    ['X: wrong', 'rejected'],
    ['X. not', 'named'],
    ['X: not', 'named'],
    ['X) not', 'rejected'],
    ['X. 5 is right', 'named'],
    ['X, is right', 'named'],
    ['X is A right', 'named'],
    ['X is the the the the the the the right', 'firm'],
    ['X is the the the the the the the the right', 'named'],
    ['X, but it is wrong', 'rejected'],
    ['X but it is wrong', 'rejected'],
    ['X. That is wrong', 'rejected'],
    ['X; this is wrong', 'rejected'],
    ['X - it is wrong', 'rejected'],
    ['X: it is wrong', 'named'],
    ['X, though that is not right', 'rejected'],
    ['X and it is wrong', 'rejected'],
    ['X however, it is wrong', 'rejected'],
    ['X, but wrong', 'rejected'],
    ['X, but not right', 'rejected'],
    ['X, but not', 'named'],
    ['X, but is wrong', 'rejected'],
    ['X, but it is not wrong', 'named'],
    ['X, but it is right', 'named'],
    ['X, wrong', 'named'],
    ['X, it is', 'named'],
    ['X, it is the ball, wrong', 'named'],
    ["X, but it's wrong", 'rejected'],
    ["X, but that's wrong", 'rejected'],
    ['X, which is wrong', 'rejected'],
    ['X, so it is wrong', 'named'],
    ['X. The ball is wrong', 'named'],
    ['X, but it is the the the the the the wrong', 'rejected'],
    ['X, but it is the the the the the the the wrong', 'named'],
    ['X，但它不对', 'rejected'],
    ['X，但是这错误', 'rejected'],
  ])('%j: %s', (text, wanted) => expect(behind(text)).toBe(wanted))
})

describe('how two names belong together', () => {
  const join = (text: string): string => {
    const tokens = readTokens(text)
    const [first, second] = named(tokens)
    return joinOf(tokens, first!, second!)
  }
  test('every word of alternatives and of sums', () => {
    for (const word of vocabulary.alternatives) expect([word, join(`X ${word} Y`)]).toEqual([word, 'open'])
    for (const word of vocabulary.together)
      expect([word, join(`X ${word} Y`)]).toEqual([word, word === '&' ? 'list' : 'and'])
    for (const word of vocabulary.hedging)
      if (word !== 'either') expect([word, join(`X ${word} Y`)]).toEqual([word, 'list'])
  })
  test.each([
    ['X Y', 'list'],
    ['X, Y', 'list'],
    ['X; Y', 'list'],
    ['X、Y', 'list'],
    ['X & Y', 'list'],
    ['X | Y', 'list'],
    ['X. Y', 'list'],
    ['(X) (Y)', 'list'],
    ['[X], [Y]', 'list'],
    ['"X" \'Y\'', 'list'],
    ['X: Y', 'list'],
    ['X / Y', 'open'],
    ['X-Y', 'open'],
    ['X ~ Y', 'open'],
    ['X × Y', 'open'],
    ['X + Y', 'open'],
    ['X → Y', 'open'],
    ['X ÷ Y', 'open'],
    ['X and Y', 'and'],
    ['X, and Y', 'and'],
    ['X and also Y', 'and'],
    ['X or and Y', 'open'],
    ['X and or Y', 'open'],
    ['X = Y', 'apart'],
    ['X! Y', 'apart'],
    ['X. Y shows', 'apart'],
    ['X. Y 5', 'list'],
    ['X ball Y', 'apart'],
    ['X (Y', 'apart'],
    ['X [Y', 'apart'],
    ['X {{Y', 'list'],
    ['X, (Y', 'list'],
    ['X (or Y', 'open'],
    ['X (and Y', 'and'],
    ['X,,,,,,,,,,,, Y', 'list'],
    ['X,,,,,,,,,,,,, Y', 'apart'],
    ['X 5 Y', 'apart'],
  ])('%j: %s', (text, wanted) => expect(join(text)).toBe(wanted))
})

/** Statements in one line: what is named, "?" where it is open, how firmly, "<" where it takes back, "(" where it explains. */
const shown = (text: string): string => {
  const tokens = readTokens(text)
  return statements(tokens, named(tokens))
    .map(({ mentions, open, firmness, corrects, explains }) => {
      const names = mentions.map(({ value }) => value).join('')
      return `${corrects ? '<' : ''}${explains ? '(' : ''}${names}${open ? '?' : ''} ${firmnesses[firmness + 1]}`
    })
    .join(', ')
}

describe('statements', () => {
  test.each([
    ['', ''],
    ['X', 'X named'],
    ['X ball Y', 'X named, Y named'],
    ['X, Y and Z', 'XYZ named'],
    ['X, Y or Z', 'XYZ? named'],
    ['between X and Y', 'XY? named'],
    ['between X', 'X named'],
    ['among X and Y', 'XY named'],
    ['the answer is X and Y', 'XY firm'],
    ['X and Y are right', 'XY firm'],
    ['X is wrong', ''],
    ['X is wrong, Y', 'Y named'],
    ['X and Y are wrong', ''],
    ['X, Y and Z are wrong', ''],
    ['X, Y is wrong', 'X named'],
    ['X or Y is wrong', ''],
    ['not X or Y', ''],
    ['rule out X, Y and Z', ''],
    ['not X, Y', 'Y named'],
    ['not X, Y and Z', ''],
    ['X is wrong. The answer is X', 'X firm'],
    ['X is wrong. Maybe X', ''],
    ['it must be X. X is wrong', 'X must'],
    ['X? No, Y', 'X named, <Y named'],
    ['X wait Y', 'X named, <Y named'],
    ['X because Y', 'X named, (Y named'],
    ['wait X', '<X named'],
    ['because X', '(X named'],
    ['i considered X', 'X considered'],
    ['i considered X. The answer is Y', 'X considered, Y firm'],
    ['i considered X is right', 'X firm'],
    ['i considered X and Y', 'XY named'],
    ['final answer: X', 'X final'],
    ['X wait Y is wrong wait Z', 'X named, <Z named'],
    ['X or Y is not right, Z', 'Z named'],
  ])('%j: %s', (text, wanted) => expect(shown(text)).toBe(wanted))
  test('where they stand', () => {
    const tokens = readTokens('so X, Y and a Z')
    expect(statements(tokens, named(tokens)).map(({ from, next }) => [from, next])).toEqual([
      [1, 4],
      [6, 7],
    ])
  })
})

describe('what a text commits itself to', () => {
  const chosen = (text: string): string => {
    const tokens = readTokens(text)
    return (
      committed(statements(tokens, named(tokens)))
        ?.mentions.map(({ value }) => value)
        .join('') ?? 'none'
    )
  }
  test.each([
    ['', 'none'],
    ['X', 'X'],
    ['X ball X', 'X'],
    ['X ball Y', 'none'],
    ['X wait Y', 'Y'],
    ['X wait Y ball Z', 'none'],
    ['X wait Y ball Y', 'Y'],
    ['X wait Y wait Z', 'Z'],
    ['X ball the answer is Y', 'Y'],
    ['the answer is X. The ball Y', 'X'],
    ['the answer is X. The answer is Y', 'none'],
    ['the answer is X. Wait, the answer is Y', 'Y'],
    ['the answer is X. It must be Y', 'X'],
    ['it must be X. The answer is Y', 'none'],
    ['it must be X. It must be Y', 'none'],
    ['it must be X. The ball Y', 'X'],
    ['final answer: X. The answer is Y', 'X'],
    ['the answer is Y. Final answer: X', 'X'],
    ['final answer: X. Final answer: Y', 'none'],
    ['final answer: X. No, final answer: Y', 'Y'],
    ['i considered X. The ball Y', 'Y'],
    ['i considered X', 'X'],
    ['i considered X. And i considered Y', 'none'],
    ['X or Y', 'none'],
    ['X or X', 'XX'],
    ['X and Y', 'XY'],
    ['the answer is X or Y', 'none'],
    ['X and Y ball Y and X', 'YX'],
    ['X and Y ball Y', 'none'],
  ])('%j: %s', (text, wanted) => expect(chosen(text)).toBe(wanted))

  const first = (text: string): string => {
    const tokens = readTokens(text)
    return (
      explained(statements(tokens, named(tokens)))
        ?.mentions.map(({ value }) => value)
        .join('') ?? 'none'
    )
  }
  test.each([
    ['', 'none'],
    ['X', 'none'],
    ['X because Y', 'X'],
    ['X and Y because Z', 'XY'],
    ['X or Y because Z', 'none'],
    ['X ball Y because Z', 'none'],
    ['X because Y ball Z', 'X'],
  ])('the first is explained by the others: %j: %s', (text, wanted) => expect(first(text)).toBe(wanted))
})
