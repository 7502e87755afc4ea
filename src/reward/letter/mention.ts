import type { Mention } from '../commitment/mention.ts'
import {
  alternatives,
  answerNouns,
  choosing,
  dismissing,
  following,
  hedging,
  linking,
  optionNouns,
  preceding,
  rejecting,
  rightWords,
  together,
} from '../commitment/vocabulary.ts'
import { isCapital, isGlued, isMark, type Token, wordAt } from '../text/token.ts'
import { isStuck } from './stuck.ts'

/** A letter that a text names, and how it stands there. */
export interface LetterMention extends Mention<string> {
  /** At the start of a line with a mark behind it, as options are listed: "B. the ball". */
  readonly label: boolean
}

const openers = '([{"\'【「『〔|'
const closers = ')]}"\'】」』〕|'
const labelMarks = '.):,;、。-】]|'

const isOpener = (tokens: readonly Token[], at: number): boolean => isMark(tokens, at, openers)
const isCloser = (tokens: readonly Token[], at: number): boolean => isMark(tokens, at, closers)
const isEnd = (tokens: readonly Token[], at: number): boolean => tokens[at]?.line !== false

/** Whether nothing but marks stands before it in its line; "Answer:" at most. */
const startsLine = (tokens: readonly Token[], at: number): boolean => {
  let from = at
  while (at - from < 4 && !tokens[from]!.line && tokens[from - 1]?.kind === 'mark') from--
  return from === 0 || tokens[from]!.line
}

/** "B.", "b)", "(B)", "B" on a line of its own. */
const isLabel = (tokens: readonly Token[], at: number): boolean =>
  startsLine(tokens, at) && (isMark(tokens, at + 1, labelMarks) || isEnd(tokens, at + 1))

/** How many tokens a noun or a verb of choice may stand away. */
const farthestCue = 10

/** How far before a letter a noun or a verb of choice stands, with links at most between; null where none does. */
const cueBefore = (tokens: readonly Token[], at: number): number | null => {
  for (let i = at - 1; at - i <= farthestCue; i--) {
    const word = wordAt(tokens, i)
    if (word === null) {
      if (isMark(tokens, i, `${openers}:=→：`)) continue
      return null
    }
    if (answerNouns.has(word) || optionNouns.has(word) || choosing.has(word)) return at - i
    if (!linking.has(word) && !rightWords.has(word)) return null
  }
  return null
}

const allowedBefore = (tokens: readonly Token[], at: number): boolean => {
  const word = wordAt(tokens, at - 1)
  if (word === null || tokens[at]!.line) return true
  return [linking, preceding, following, rejecting, dismissing, rightWords].some(words => words.has(word))
}

/** A capital in prose: "B is", "so B", "I think B". "A car", "I saw" and "vitamin C" are none. */
const isInProse = (tokens: readonly Token[], at: number): boolean => {
  const { text } = tokens[at]!
  if (!isCapital(tokens[at])) return false
  if (isEnd(tokens, at + 1)) return allowedBefore(tokens, at)
  const next = tokens[at + 1]!
  if (text === 'I' && next.kind !== 'mark') return false
  // "B 5", "B the ball", "B 红色的球", and not "A ball".
  const leads = (text !== 'A' && (next.kind === 'digits' || linking.has(next.low))) || (next.ideographs && next.gap)
  // "B C D": letters in a row.
  const parted = next.kind === 'mark' || isCapital(next) || following.has(next.low)
  return allowedBefore(tokens, at) && (parted || (at === 0 && leads))
}

/** A letter behind "the answer is" or "option"; an article is none. */
const isCued = (tokens: readonly Token[], at: number): boolean => {
  const cue = cueBefore(tokens, at)
  if (cue === null) return false
  if (isEnd(tokens, at + 1) || tokens[at + 1]!.kind !== 'word') return true
  const said = following.has(tokens[at + 1]!.low)
  return said || cue === 1 || (isCapital(tokens[at]) && !'AI'.includes(tokens[at]!.text))
}

const mentionAt = (tokens: readonly Token[], at: number, label: boolean): LetterMention => {
  const letter = tokens[at]!.text.toUpperCase()
  return { value: letter, key: letter, from: at, next: at + 1, label }
}

/** Whether a single letter at a place names an option, and as a label or not. */
const letterAt = (tokens: readonly Token[], at: number, alone: boolean): LetterMention | null => {
  if (isStuck(tokens, at)) return null
  const label = isLabel(tokens, at)
  if (alone || label) return mentionAt(tokens, at, label)
  const enclosed = isCloser(tokens, at + 1) && isOpener(tokens, at - 1)
  const closed = isMark(tokens, at + 1, ')') && allowedBefore(tokens, at)
  return enclosed || closed || isCued(tokens, at) || isInProse(tokens, at) ? mentionAt(tokens, at, false) : null
}

/** "ABD": several letters in one word, in their order, as Chinese exams write them. */
const isRun = (text: string): boolean => /^A?B?C?D?E?F?G?H?I?J?$/.test(text)

/** Most marks and words that part two letters of a list. */
const widest = 6

const connectors = new Set([...alternatives, ...together, ...hedging])
const isConnector = (found: Token | undefined): boolean =>
  found !== undefined && (found.kind === 'mark' || connectors.has(found.low))

const isLetter = (found: Token | undefined): found is Token => found?.kind === 'word' && /^[A-Za-z]$/.test(found.text)

/** Whether what stands beside a letter in one direction parts it from words: an end, a mark, "and", another letter. */
const isFree = (tokens: readonly Token[], at: number, step: 1 | -1): boolean => {
  const beside = tokens[at + step]
  const breaks = step === 1 ? beside?.line : tokens[at]!.line
  return beside === undefined || breaks === true || isConnector(beside) || isLetter(beside)
}

/** The letters that go on with a list in one direction: the small ones of "Answer: a, b, c", the A of "C A". */
const continued = (tokens: readonly Token[], named: ReadonlySet<number>, step: 1 | -1): readonly number[] => {
  const found: number[] = []
  for (const start of named)
    for (let at = start; ; ) {
      let next = at + step
      while (Math.abs(next - at) <= widest && isConnector(tokens[next])) next += step
      if (named.has(next) || !isLetter(tokens[next]) || !isFree(tokens, next, step) || isStuck(tokens, next)) break
      found.push(next)
      at = next
    }
  return found
}

/** All letters that a text names, of the first `count` of the alphabet, in their order. */
export const letterMentions = (tokens: readonly Token[], count: number): readonly LetterMention[] => {
  const alone = tokens.filter(({ kind }) => kind === 'word' || kind === 'digits').length === 1
  const isOption = (letter: string): boolean => letter.toUpperCase().charCodeAt(0) - 65 < count
  const direct = tokens.flatMap((found, at): readonly LetterMention[] => {
    if (isLetter(found) && isOption(found.text)) return [letterAt(tokens, at, alone) ?? []].flat()
    if (!isRun(found.text) || !(alone || cueBefore(tokens, at) !== null)) return []
    if (!Array.from(found.text).every(isOption) || isGlued(tokens, at + 1)) return []
    return Array.from(found.text, letter => ({ value: letter, key: letter, from: at, next: at + 1, label: false }))
  })
  const named = new Set(direct.map(({ from }) => from))
  const ahead = continued(tokens, named, 1)
  const all = new Set([...ahead, ...continued(tokens, new Set([...named, ...ahead]), -1)])
  const listed = [...all].filter(at => isOption(tokens[at]!.text)).map(at => mentionAt(tokens, at, false))
  return [...direct, ...listed].sort((a, b) => a.from - b.from)
}
