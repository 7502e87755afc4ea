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
const isEnd = (tokens: readonly Token[], at: number): boolean => tokens[at] === undefined || tokens[at]?.line === true

/** Whether nothing but marks stands before it in its line; "Answer:" at most. */
const startsLine = (tokens: readonly Token[], at: number): boolean => {
  let from = at
  while (from > 0 && at - from < 4 && !tokens[from]?.line && tokens[from - 1]?.kind === 'mark') from--
  return from === 0 || tokens[from]?.line === true
}

/** "B.", "b)", "(B)", "B" on a line of its own. */
const isLabel = (tokens: readonly Token[], at: number): boolean =>
  startsLine(tokens, at) && (isMark(tokens, at + 1, labelMarks) || isEnd(tokens, at + 1))

/** Whether a noun or a verb of choice stands before, with links at most: 'adjacent', 'linked', or null. */
const cueBefore = (tokens: readonly Token[], at: number): 'adjacent' | 'linked' | null => {
  for (let i = at - 1; i >= 0 && at - i <= 10; i--) {
    const word = wordAt(tokens, i)
    if (word === null) {
      if (isMark(tokens, i, `${openers}:=→：`)) continue
      return null
    }
    if (answerNouns.has(word) || optionNouns.has(word) || choosing.has(word))
      return i === at - 1 ? 'adjacent' : 'linked'
    if (!linking.has(word) && !rightWords.has(word)) return null
  }
  return null
}

const allowedBefore = (tokens: readonly Token[], at: number): boolean => {
  const word = wordAt(tokens, at - 1)
  if (at === 0 || tokens[at]?.line || word === null) return true
  return [linking, preceding, following, rejecting, dismissing, rightWords].some(words => words.has(word))
}

const allowedBehind = (tokens: readonly Token[], at: number): boolean => {
  const word = wordAt(tokens, at + 1)
  if (isEnd(tokens, at + 1) || following.has(word ?? '')) return true
  // "B C D": letters in a row.
  return tokens[at + 1]?.kind === 'mark' || isCapital(tokens[at + 1])
}

/** A capital in prose: "B is", "so B", "I think B". "A car", "I saw" and "vitamin C" are none. */
const isInProse = (tokens: readonly Token[], at: number): boolean => {
  const found = tokens[at]
  if (found === undefined || !isCapital(found)) return false
  if (found.text === 'I' && !isEnd(tokens, at + 1) && tokens[at + 1]?.kind !== 'mark') return false
  const followed = tokens[at + 1]
  const behindIdeographs = at === 0 && followed?.ideographs === true && followed.gap
  const behindLead =
    behindIdeographs ||
    (at === 0 && found.text !== 'A' && (followed?.kind === 'digits' || linking.has(followed?.low ?? '')))
  return allowedBefore(tokens, at) && (allowedBehind(tokens, at) || behindLead)
}

/** A letter behind "the answer is" or "option"; an article is none. */
const isCued = (tokens: readonly Token[], at: number): boolean => {
  const cue = cueBefore(tokens, at)
  if (cue === null) return false
  const text = tokens[at]?.text ?? ''
  const ends = isEnd(tokens, at + 1) || tokens[at + 1]?.kind !== 'word'
  if (ends) return true
  const said = following.has(wordAt(tokens, at + 1) ?? '')
  if (text === 'a' || text === 'A' || text === 'I' || text === 'i') return cue === 'adjacent' || said
  return isCapital(tokens[at]) || said || cue === 'adjacent'
}

const mentionAt = (tokens: readonly Token[], at: number, label: boolean): LetterMention => {
  const letter = (tokens[at]?.text ?? '').toUpperCase()
  return { value: letter, key: letter, from: at, next: at + 1, label }
}

/** Whether a single letter at a place names an option, and as a label or not. */
const letterAt = (tokens: readonly Token[], at: number, alone: boolean): LetterMention | null => {
  const mention = (label: boolean): LetterMention => mentionAt(tokens, at, label)
  if (isStuck(tokens, at)) return null
  const label = isLabel(tokens, at)
  if (alone || label) return mention(label)
  const closed = isCloser(tokens, at + 1) && (!isMark(tokens, at + 1, '"\'') || isOpener(tokens, at - 1))
  if (
    closed &&
    (isOpener(tokens, at - 1) || isMark(tokens, at + 1, ')')) &&
    (isOpener(tokens, at - 1) || allowedBefore(tokens, at))
  )
    return mention(false)
  return isCued(tokens, at) || isInProse(tokens, at) ? mention(false) : null
}

/** "ABD": several letters in one word, in their order, as Chinese exams write them. */
const isRun = (text: string): boolean =>
  /^[A-J]{2,6}$/.test(text) && Array.from(text).every((c, i) => i === 0 || c > text.charAt(i - 1))

/** Most marks and words that part two letters of a list. */
const widest = 6

const isConnector = (tokens: readonly Token[], at: number): boolean => {
  const found = tokens[at]
  if (found?.kind === 'mark') return true
  return found?.kind === 'word' && [alternatives, together, hedging].some(words => words.has(found.low))
}

const isLetter = (found: Token | undefined): found is Token => found?.kind === 'word' && /^[A-Za-z]$/.test(found.text)

/** Whether a letter stands as in a list: nothing but marks, "and", "or" and other letters around it. */
const isListed = (tokens: readonly Token[], at: number): boolean => {
  const closes = isEnd(tokens, at + 1) || isConnector(tokens, at + 1) || isLetter(tokens[at + 1])
  const opens = at === 0 || isConnector(tokens, at - 1) || isLetter(tokens[at - 1]) || tokens[at]?.line === true
  return isLetter(tokens[at]) && closes && opens && !isStuck(tokens, at)
}

/** The letters that go on with a list in one direction: the small ones of "Answer: a, b, c", the A of "C A". */
const continued = (tokens: readonly Token[], named: ReadonlySet<number>, step: 1 | -1): readonly number[] => {
  const found: number[] = []
  const start = step === 1 ? 0 : tokens.length - 1
  const isNamed = new Set(named)
  for (let at = start; at >= 0 && at < tokens.length; at += step) {
    if (!isNamed.has(at)) continue
    let next = at + step
    while (Math.abs(next - at) <= widest && isConnector(tokens, next)) next += step
    if (isNamed.has(next) || !isListed(tokens, next)) continue
    isNamed.add(next)
    found.push(next)
  }
  return found
}

/** All letters that a text names, of the first `count` of the alphabet, in their order. */
export const letterMentions = (tokens: readonly Token[], count: number): readonly LetterMention[] => {
  const alone = tokens.filter(({ kind }) => kind === 'word' || kind === 'digits').length === 1
  const isOption = (letter: string): boolean => letter.toUpperCase().charCodeAt(0) - 65 < count
  const direct = tokens.flatMap((found, at): readonly LetterMention[] => {
    if (found.kind !== 'word') return []
    if (isLetter(found) && isOption(found.text)) return [letterAt(tokens, at, alone) ?? []].flat()
    if (!isRun(found.text) || !(alone || cueBefore(tokens, at) !== null)) return []
    if (!Array.from(found.text).every(isOption) || isGlued(tokens, at + 1)) return []
    return Array.from(found.text, letter => ({ value: letter, key: letter, from: at, next: at + 1, label: false }))
  })
  const named = new Set(direct.map(({ from }) => from))
  const ahead = continued(tokens, named, 1)
  const all = new Set([...ahead, ...continued(tokens, new Set([...named, ...ahead]), -1)])
  const listed = [...all].filter(at => isOption(tokens[at]?.text ?? '')).map(at => mentionAt(tokens, at, false))
  return [...direct, ...listed].sort((a, b) => a.from - b.from)
}
