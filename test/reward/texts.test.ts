import { either as E } from 'fp-ts'
import { accuracy } from 'kinograd/reward'
import { describe, expect, test } from 'vitest'

type Case = readonly [answer: string, truth: string, right: number | 'BadTruth']

const scored = (type: string, answer: string, truth: string): number | string =>
  E.match(
    ({ _tag }: { readonly _tag: string }): number | string => _tag,
    (reward: number): number | string => reward,
  )(accuracy()(type)(answer, truth))

const compare = (type: string) => (answer: string, truth: string, right: number | string) => {
  const got = scored(type, answer, truth)
  if (typeof right === 'number') expect(got).toBeCloseTo(right, 9)
  else expect(got).toBe(right)
}

describe('OCR', () => {
  test.each<Case>([
    ['STOP', 'STOP', 1],
    ['stop', 'STOP', 0],
    ['ＳＴＯＰ', 'STOP', 1],
    ['ﬁre exit', 'fire exit', 1],
    ['cafe\u0301', 'café', 1],
    ['it’s “open”', `it's "open"`, 1],
    ['9–5', '9-5', 1],
    ['STOP\u200b\ufeff', 'STOP', 1],
    ['SO\u00adTO', 'SOTO', 1],
    ['STOP  \n HERE', 'STOP HERE', 1],
    ['STOP\u00a0HERE', 'STOP HERE', 1],
    ['STOP', 'STOP HERE', 0.5],
    ['STOP HERE NOW', 'STOP HERE', 0.5],
    ['出口', '出口', 1],
    ['出囗', '出口', 0.5],
    ['出 口', '出口', 1],
    ['地铁站', '地鐵站', 2 / 3],
    ['東京タワー', '東京タワー', 1],
    ['ทางออก', 'ทางออก', 1],
    ['ทางออ', 'ทางออก', 5 / 6],
    ['서울역', '서울역', 1],
    ['خروج', 'خروج', 1],
    ['→', '→', 1],
    ['', 'STOP', 0],
    ['a', '', 'BadTruth'],
    ['a', ' \u200b\n', 'BadTruth'],
    ['a', '\ufe0f', 'BadTruth'],
  ])('%s for %s is %s', compare('OCR'))
})

describe('free-form', () => {
  test.each<Case>([
    ['dog', 'dog', 1],
    ['Dog.', 'dog', 1],
    ['dogs', 'dog', 1],
    ['a dog', 'a dog', 1],
    ['cat', 'dog', 0],
    ['naive', 'naïve', 1],
    ['un cafe noir', 'un café noir', 1],
    ['日本', '日本', 1],
    ['日', '日', 1],
    ['日本', '中国', 0],
    ['一只狗在跑', '一只狗在跑', 1],
    ['สวัสดี', 'สวัสดี', 1],
    ['пример', 'пример', 1],
    ['ёлка', 'елка', 1],
    ['नमस्ते दुनिया', 'नमस्ते दुनिया', 1],
    ['مرحبا', 'مرحبا', 1],
    ['안녕하세요', '안녕하세요', 1],
    ['ＤＯＧ', 'dog', 1],
    ['it’s a dog', "it's a dog", 1],
    ['dog dog', 'dog', 2 / 3],
    ['5', '5', 1],
    ['', 'dog', 0],
    ['😀', 'dog', 0],
    ['a', '😀', 'BadTruth'],
    ['a', '?!', 'BadTruth'],
    ['a', '', 'BadTruth'],
  ])('%s for %s is %s', compare('free-form'))

  test('the truth itself scores 1 in every script', () => {
    const truths = [
      'A man is running quickly',
      '一个男人跑得很快',
      '男の人が走っている',
      'ผู้ชายกำลังวิ่ง',
      '남자가 빨리 달린다',
      'رجل يركض',
      'एक आदमी दौड़ रहा है',
    ]
    for (const truth of truths) for (const type of ['OCR', 'free-form']) expect(scored(type, truth, truth)).toBe(1)
  })
})
