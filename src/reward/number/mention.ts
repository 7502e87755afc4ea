import { standingBefore } from '../commitment/before.ts'
import type { Mention } from '../commitment/mention.ts'
import { isGlued, isMark, type Token, wordAt } from '../text/token.ts'
import { isBound } from './bound.ts'
import { numberWord } from './magnitude.ts'
import { type Quantity, quantityAt } from './quantity.ts'
import { rational, toLowest } from './rational.ts'

/** A number that a text names; null for what is no number that could be meant ("12:30", "at least 5"). */
export interface NumberMention extends Mention<Quantity | null> {
  /** Written in words: it counts as one of several, never as the answer. */
  readonly inWords: boolean
}

const counters = '个個只隻条條张張本人次件位辆輛块塊台把枚颗顆頭头匹名种種层層岁歳つ匹回点點局場场步圈号號'
const leads = new Set([
  '有',
  '是',
  '为',
  '為',
  '共',
  '共有',
  '一共',
  '总共',
  '约',
  '大约',
  '第',
  '答案',
  '答案是',
  '了',
  '等于',
])

/** A Chinese numeral counts where nothing else can be meant: with what it counts behind it, or at the end. */
const isClearNumeral = (tokens: readonly Token[], at: number, next: number): boolean => {
  const before = tokens[at - 1]
  const behind = tokens[next]
  const opens = before === undefined || before.kind === 'mark' || tokens[at]!.gap || leads.has(before.text)
  const closes = behind === undefined || behind.kind !== 'word' || behind.gap || counters.includes(behind.text)
  return opens && closes
}

/** Digits that are part of a name: "clip2", "top-5", "A-3"; those of "3x4" are none. */
const isPartOfName = (tokens: readonly Token[], at: number): boolean => {
  const before = tokens[at - 1]
  if (before?.kind !== 'word' || before.ideographs || !isGlued(tokens, at)) return false
  return before.low !== 'x' || tokens[at - 2]?.kind !== 'digits'
}

/** A dash between a noun and a number is none of the number's: "Answer - 3". */
const isDash = (tokens: readonly Token[], at: number): boolean =>
  isMark(tokens, at, '-') && tokens[at]!.gap && tokens[at + 1]?.gap === true && standingBefore(tokens, at).firmness >= 2

const keyOf = (quantity: Quantity | null): string => {
  if (quantity === null) return 'none'
  const { over, under } = toLowest(quantity.value)
  const [unit] = quantity.units
  const { scale } = unit ?? {}
  return String([over, under, quantity.share, ...Object.entries(unit?.dimensions ?? {}), scale?.over, scale?.under])
}

/** "twenty-three" and its like. */
const wordsAt = (tokens: readonly Token[], at: number): NumberMention | null => {
  const first = numberWord(wordAt(tokens, at))
  if (first === null) return null
  const hyphen = isMark(tokens, at + 1, '-') ? at + 2 : at + 1
  const word = wordAt(tokens, hyphen)
  const unit = word === 'one' ? 1 : (numberWord(word) ?? 0)
  const added = first >= 20 && unit < 10 ? unit : 0
  const value: Quantity = { value: rational(BigInt(first + added)), decimals: 0, units: [], share: 0, counts: false }
  return { value, key: keyOf(value), from: at, next: added > 0 ? hyphen + 1 : at + 1, inWords: true }
}

const mayStart = (tokens: readonly Token[], at: number): boolean => {
  const found = tokens[at]
  return found !== undefined && found.kind !== 'box' && found.kind !== 'unbox'
}

/** All numbers that a text names, in their order. */
export const numberMentions = (tokens: readonly Token[]): readonly NumberMention[] => {
  const found: NumberMention[] = []
  let at = 0
  while (at < tokens.length) {
    const operator = isMark(tokens, at, '+-') && found.at(-1)?.next === at
    const start = operator || isDash(tokens, at) ? at + 1 : at
    const inWords = wordsAt(tokens, start)
    const reading =
      inWords === null && mayStart(tokens, start) && !isPartOfName(tokens, start) ? quantityAt(tokens, start) : null
    const numeral = tokens[start]
    const unclear = numeral?.ideographs && reading !== null && !isClearNumeral(tokens, start, reading.next)
    if (inWords !== null) found.push(inWords)
    if (reading !== null && !unclear) {
      const quantity = isBound(tokens, start, reading.next) ? null : reading.quantity
      found.push({ value: quantity, key: keyOf(quantity), from: start, next: reading.next, inWords: false })
    }
    if (inWords !== null) at = inWords.next
    else if (reading !== null && !unclear) at = reading.next
    else at = endOfName(tokens, start)
  }
  return found
}

/** The token behind what is no number: the "-5" of "top-5" is passed over at once. */
const endOfName = (tokens: readonly Token[], at: number): number => {
  const hyphen = isMark(tokens, at, '-') && isPartOfName(tokens, at) && isGlued(tokens, at + 1)
  return hyphen && tokens[at + 1]!.kind === 'digits' ? at + 2 : at + 1
}
