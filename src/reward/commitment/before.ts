import { isCapital, isMark, isWordOf, type Token, wordAt } from '../text/token.ts'
import type { Firmness, Standing } from './mention.ts'
import {
  answerNouns,
  choosing,
  concluding,
  dismissing,
  linking,
  optionNouns,
  optionPlurals,
  rejecting,
  rejectingPairs,
  rightWords,
} from './vocabulary.ts'

/** How many tokens a cue may stand away. */
const farthest = 14

const copulas = new Set(["it's", "that's", 'is', 'be', 'was', '是', '为', '為', 'equals'])
const subjects = new Set([
  'it',
  'this',
  'that',
  'so',
  'therefore',
  'thus',
  'hence',
  'then',
  'must',
  'should',
  '应',
  '就',
  '所以',
  '应该',
])

const articles = new Set(['the', 'a', 'an', 'my', 'our'])
const listing = new Set(['each', 'every', 'any', 'another', 'other', 'which', 'per'])

/** Whether the word before a mention rejects it: "not", or "rather than". */
const rejectsAt = (tokens: readonly Token[], at: number): boolean =>
  isWordOf(tokens, at, rejecting) || rejectingPairs.has(`${wordAt(tokens, at - 1)}.${wordAt(tokens, at)}`)

/** Whether a line break before a mention parts it from what stands above: not behind "Answer:" and "Final answer". */
const isParted = (tokens: readonly Token[], from: number): boolean =>
  tokens[from]!.line && !isMark(tokens, from - 1, ':=：') && !isWordOf(tokens, from - 1, answerNouns)

/** "So, B": a comma that parts nothing. That of "A is not right, B" does. */
const isLink = (tokens: readonly Token[], at: number): boolean =>
  isWordOf(tokens, at, linking) && !isWordOf(tokens, at, rightWords) && !isCapital(tokens[at])

interface Walk {
  noun: boolean
  plural: boolean
  right: boolean
  copula: boolean
  subject: boolean
  concluded: boolean
}

const firmnessOf = (walk: Walk): Firmness => {
  if (walk.noun && (walk.right || walk.copula)) return 2
  if (walk.plural && walk.right) return 2
  return walk.concluded || (walk.copula && walk.subject) ? 1 : 0
}

/**
 * What the words before a mention make of it: walks back over links ("is", "must be", ":", "the") to the noun or the
 * verb of a choice, at most `farthest` tokens.
 */
export const standingBefore = (tokens: readonly Token[], from: number): Standing => {
  if (isParted(tokens, from)) return { firmness: 0, rejected: false }
  const walk: Walk = { noun: false, plural: false, concluded: false, right: false, copula: false, subject: false }
  for (let at = from - 1; from - at <= farthest; at--) {
    const word = wordAt(tokens, at)
    if (word === null) {
      if (!isMark(tokens, at, '([{"\':=→：-【「『〔<>,')) break
      if (isMark(tokens, at, ',') && !isLink(tokens, at - 1)) break
      walk.copula ||= isMark(tokens, at, ':=：')
      continue
    }
    if (isCapital(tokens[at])) break
    if (rejectsAt(tokens, at)) return { firmness: 0, rejected: true }
    if (answerNouns.has(word)) {
      const final = wordAt(tokens, at - 1) === 'final' || wordAt(tokens, at - 1) === '最终'
      // "not the answer": the noun itself is denied.
      if (rejectsAt(tokens, isWordOf(tokens, at - 1, articles) ? at - 2 : at - 1))
        return { firmness: 0, rejected: true }
      return { firmness: final ? 3 : 2, rejected: false }
    }
    if (choosing.has(word)) return { firmness: 2, rejected: rejectsAt(tokens, at - 1) }
    if (dismissing.has(word)) return { firmness: -1, rejected: false }
    if (word === 'go' || word === 'going') {
      if (wordAt(tokens, at + 1) === 'with' || wordAt(tokens, at + 1) === 'for') return { firmness: 2, rejected: false }
    }
    // "each option:" lists them.
    if (optionNouns.has(word) && isWordOf(tokens, at - 1, listing)) break
    walk.noun ||= optionNouns.has(word)
    walk.plural ||= optionPlurals.has(word)
    walk.concluded ||= concluding.has(word)
    walk.right ||= rightWords.has(word)
    walk.copula ||= copulas.has(word)
    walk.subject ||= subjects.has(word) || word === "it's" || word === "that's"
    if (!linking.has(word) && !optionNouns.has(word) && !optionPlurals.has(word) && !rightWords.has(word)) break
    if (tokens[at]!.line && !isMark(tokens, at - 1, ':=')) break
  }
  return { firmness: firmnessOf(walk), rejected: false }
}
