import { boxed } from '../answer-tokens.ts'
import { committed, explained } from '../commitment/resolve.ts'
import { type Statement, statements } from '../commitment/statement.ts'
import { reasons } from '../commitment/vocabulary.ts'
import { isGlued, isMark, isWordOf, type Token } from '../text/token.ts'
import { type NumberMention, numberMentions } from './mention.ts'
import type { Quantity } from './quantity.ts'

const equalWords = new Set(['equals', 'equal', 'makes', 'gives', '等于'])

const isEqualsSign = (tokens: readonly Token[], at: number): boolean =>
  isMark(tokens, at, '=≈') || isWordOf(tokens, at, equalWords)

/** Where the clause ends that goes on at a place: a full stop, a line break, a bracket, a reason. */
const isClauseEnd = (tokens: readonly Token[], at: number): boolean =>
  tokens[at]?.line !== false ||
  isMark(tokens, at, '.;(!?。') ||
  isEqualsSign(tokens, at) ||
  isWordOf(tokens, at, reasons)

/** What the text says of one number and of no other in the same clause. */
const isAlone = (
  tokens: readonly Token[],
  statement: Statement<Quantity | null>,
  others: ReadonlySet<number>,
): boolean => {
  for (let at = statement.next; !isClauseEnd(tokens, at); at++) if (others.has(at)) return false
  return true
}

/** Whether an equation goes on at a place: "= 5", "(3 + 4)" right behind. */
const goesOn = (tokens: readonly Token[], at: number): boolean =>
  isEqualsSign(tokens, at) || (isMark(tokens, at, '(') && isGlued(tokens, at))

/** The results of equations: "x = 3", "256 + 37 = 293", where the 37 is none. */
const results = (tokens: readonly Token[], mentions: readonly NumberMention[]): readonly NumberMention[] =>
  mentions.filter(({ from, next }) => isEqualsSign(tokens, from - 1) && !goesOn(tokens, next))

const soleOf = (statement: Statement<Quantity | null> | null): Quantity | null =>
  statement === null || new Set(statement.mentions.map(({ key }) => key)).size > 1 ? null : statement.mentions[0]!.value

const readPlain = (tokens: readonly Token[]): Quantity | null => {
  const mentions = numberMentions(tokens)
  if (mentions.every(({ inWords }) => inWords)) return null
  const given = statements(tokens, mentions)
  const places = new Set(given.flatMap(statement => statement.mentions.map(({ from }) => from)))
  const firm = given.filter(({ firmness }) => firmness >= 2)
  if (firm.length > 0) {
    const chosen = committed(firm)
    return chosen !== null && isAlone(tokens, chosen, places) ? soleOf(chosen) : null
  }
  const equations = results(tokens, mentions)
  const result = equations.at(-1)
  if (result !== undefined) {
    const last = given.find(({ mentions }) => mentions.some(({ from }) => from === result.from))
    if (last === undefined || !isAlone(tokens, last, places)) return null
    // "1 + 1 = 2 and 7 dogs" and "293 = 256 + 37" name another number in the same breath.
    return [...equations, ...last.mentions].every(({ key }) => key === result.key) ? result.value : null
  }
  const named = new Set(given.flatMap(statement => statement.mentions.map(({ key }) => key)))
  if (named.size === 1) return soleOf(given[0]!)
  const opens = !tokens.slice(0, mentions[0]!.from).some(({ kind }) => kind === 'word')
  return opens ? soleOf(explained(given)) : null
}

/**
 * The one number that a text commits itself to. Null for none, for a range, for several numbers, for a bound ("at least
 * 5"), for a clock or a date. What stands in `\boxed{…}` counts before all else, then "the answer is …", then the result
 * of an equation, then the only number named.
 */
export const readNumber = (tokens: readonly Token[]): Quantity | null => {
  const boxes = boxed(tokens)
  const [first] = boxes
  if (first === undefined) return readPlain(tokens)
  const keys = new Set(boxes.map(box => String(numberMentions(box).map(({ key }) => key))))
  return keys.size === 1 ? readPlain(first) : null
}
