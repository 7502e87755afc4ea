import type { Mention } from '../commitment/mention.ts'
import {
  answerNouns,
  choosing,
  following,
  linking,
  optionNouns,
  preceding,
  rejecting,
  rightWords,
} from '../commitment/vocabulary.ts'
import { isCapital, isGlued, isMark, type Token, wordAt } from '../text/token.ts'

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

/** A letter and what is stuck to it: "A4", "X-ray", "e.g.", "R&B", "apple(s)", "25 °C" name no option. */
const isStuck = (tokens: readonly Token[], at: number): boolean => {
  const before = tokens[at - 1]
  const glued = isGlued(tokens, at)
  if (glued && (before?.kind === 'digits' || (before?.kind === 'word' && !before.ideographs))) return true
  if (before?.kind === 'digits' || (glued && isMark(tokens, at - 1, "°&'_@#"))) return true
  if (glued && isMark(tokens, at - 1, '-.') && isGlued(tokens, at - 1) && tokens[at - 2]?.kind === 'word') return true
  if (
    glued &&
    isMark(tokens, at - 1, '(') &&
    isGlued(tokens, at - 1) &&
    tokens[at - 2]?.kind === 'word' &&
    !tokens[at - 2]?.ideographs
  )
    return tokens[at]?.text === 's'
  if (!isGlued(tokens, at + 1)) return false
  const next = tokens[at + 1]
  if (
    next?.kind === 'digits' ||
    (next?.kind === 'word' && !next.ideographs) ||
    (next?.kind === 'mark' && '&^_@#+'.includes(next.text))
  )
    return true
  const beyond = isGlued(tokens, at + 2) ? tokens[at + 2] : undefined
  if (isMark(tokens, at + 1, '-')) return beyond?.kind === 'word'
  return isMark(tokens, at + 1, '.') && beyond?.kind === 'word' && beyond.text.length === 1 && !beyond.ideographs
}

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
  return linking.has(word) || preceding.has(word) || following.has(word) || rejecting.has(word) || rightWords.has(word)
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

/** Whether a single letter at a place names an option, and as a label or not. */
const letterAt = (tokens: readonly Token[], at: number, alone: boolean): LetterMention | null => {
  const text = tokens[at]?.text ?? ''
  const mention = (label: boolean): LetterMention => {
    const letter = text.toUpperCase()
    return { value: letter, key: letter, from: at, next: at + 1, label }
  }
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

/** As many options as questions have, where they are not known. */
const mostOptions = 10

/** "ABD": several letters in one word, in their order, as Chinese exams write them. */
const isRun = (text: string): boolean =>
  /^[A-J]{2,6}$/.test(text) && Array.from(text).every((c, i) => i === 0 || c > text.charAt(i - 1))

/** All letters that a text names, of the first `count` of the alphabet, in their order. */
export const letterMentions = (tokens: readonly Token[], count: number): readonly LetterMention[] => {
  const words = tokens.filter(({ kind }) => kind === 'word' || kind === 'digits')
  const alone = words.length === 1
  const isOption = (letter: string): boolean => letter.toUpperCase().charCodeAt(0) - 65 < count
  return tokens.flatMap((found, at): readonly LetterMention[] => {
    if (found.kind !== 'word') return []
    if (/^[A-Za-z]$/.test(found.text) && isOption(found.text)) return [letterAt(tokens, at, alone) ?? []].flat()
    if (!isRun(found.text) || !(alone || cueBefore(tokens, at) !== null)) return []
    if (!Array.from(found.text).every(isOption) || isGlued(tokens, at + 1)) return []
    return Array.from(found.text, letter => ({ value: letter, key: letter, from: at, next: at + 1, label: false }))
  })
}

/**
 * Letters that may name options and were not read as doing so: the B and the C of "A, red B blue C green". A text that
 * holds other ones than the letter it seems to choose does not choose.
 */
export const unreadLetters = (
  tokens: readonly Token[],
  count: number,
  isRead: (at: number) => boolean,
): readonly string[] =>
  tokens.flatMap((found, at) => {
    const letter = found.text.toUpperCase()
    const between = tokens[at - 1]?.kind !== 'word' && tokens[at + 1]?.kind !== 'word'
    const labels = isMark(tokens, at + 1, '.)') && isGlued(tokens, at + 1)
    const listed = isCapital(found) || (/^[a-z]$/.test(found.text) && (between || labels))
    const option =
      listed && letter.charCodeAt(0) - 65 < Math.min(count, mostOptions) && letter !== 'A' && letter !== 'I'
    return option && !isRead(at) && !isStuck(tokens, at) ? [letter] : []
  })
