import { boxed } from '../answer-tokens.ts'
import { committed, explained } from '../commitment/resolve.ts'
import { type Statement, statements } from '../commitment/statement.ts'
import { reasons } from '../commitment/vocabulary.ts'
import { isMark, type Token, wordAt } from '../text/token.ts'
import { type NumberMention, numberMentions } from './mention.ts'
import type { Quantity } from './quantity.ts'
import { unitsNamed } from './unit-names.ts'

const equalWords = new Set(['equals', 'equal', 'makes', 'gives', '等于'])

const isEqualsSign = (tokens: readonly Token[], at: number): boolean =>
  isMark(tokens, at, '=≈') || equalWords.has(wordAt(tokens, at) ?? '')

/** Where the clause ends that goes on at a place: a full stop, a line break, a bracket, a reason. */
const isClauseEnd = (tokens: readonly Token[], at: number): boolean =>
  tokens[at]?.line !== false ||
  isMark(tokens, at, '.;(!?。') ||
  isEqualsSign(tokens, at) ||
  reasons.has(wordAt(tokens, at) ?? '')

/** What the text says of one number and of no other in the same clause. */
const isAlone = (
  tokens: readonly Token[],
  statement: Statement<Quantity | null>,
  others: ReadonlySet<number>,
): boolean => {
  for (let at = statement.next; !isClauseEnd(tokens, at); at++) if (others.has(at)) return false
  return true
}

/** For every place, whether an equation goes on there over numbers, units and operators to an equals sign. */
const goesOn = (tokens: readonly Token[]): Uint8Array => {
  const reaches = new Uint8Array(tokens.length + 1)
  for (let at = tokens.length - 1; at >= 0; at--) {
    const found = tokens[at]!
    const operand = found.kind === 'digits' || isMark(tokens, at, '+-×*·/÷^().')
    const unit = found.kind === 'word' && unitsNamed(found.text).length > 0
    if (isEqualsSign(tokens, at)) reaches[at] = 1
    else if (operand || unit) reaches[at] = reaches[at + 1]!
  }
  return reaches
}

/** Whether an operation goes on at a place: the "+ 37" of "293 = 256 + 37". */
const isOperated = (tokens: readonly Token[], at: number): boolean =>
  isMark(tokens, at, '+-×*·/÷^') && tokens[at + 1]?.kind === 'digits'

/** The results of equations: "x = 3", "256 + 37 = 293", where the 37 is none. */
const results = (tokens: readonly Token[], mentions: readonly NumberMention[]): readonly NumberMention[] => {
  const behind = mentions.filter(({ from }) => isEqualsSign(tokens, from - 1))
  if (behind.length === 0) return []
  const reaches = goesOn(tokens)
  return behind.filter(({ next }) => reaches[next] !== 1 && !isOperated(tokens, next))
}

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
    const last = given.findLast(statement =>
      statement.mentions.some(({ from }) => equations.some(equation => equation.from === from)),
    )
    // "1 + 1 = 2 and 7 dogs" names another number in the same breath.
    const isOnly = [...equations, ...(last?.mentions.filter(({ from }) => from > result.from) ?? [])].every(
      ({ key }) => key === result.key,
    )
    return isOnly && last !== undefined && isAlone(tokens, last, places) ? result.value : null
  }
  const named = new Set(given.flatMap(statement => statement.mentions.map(({ key }) => key)))
  if (named.size === 1) return soleOf(given[0] ?? null)
  const [first] = mentions
  const opens = first !== undefined && !tokens.slice(0, first.from).some(({ kind }) => kind === 'word')
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
  const keys = new Set(
    boxes.map(box =>
      numberMentions(box)
        .map(({ key }) => key)
        .join(' '),
    ),
  )
  return keys.size === 1 ? readPlain(first) : null
}
