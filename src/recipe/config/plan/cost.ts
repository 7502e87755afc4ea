import { either as E } from 'fp-ts'
import { costOf, listedPrices, priceOf, readTeacherName } from '../../../teacher/index.ts'

/** What is asked of somebody over a network, and what it may come to. */
export interface Asked {
  readonly who: string
  readonly questions: number
  /** Tokens of one question and its answer, roughly. */
  readonly input: number
  readonly output: number
}

/** The name under which prices are listed. */
const pricedAs = (spelling: string): string => {
  const name = readTeacherName(spelling)
  if (E.isLeft(name) || name.right.kind === 'scripted') return ''
  return name.right.kind === 'claude' ? `claude:${name.right.model}` : `openai-compatible:${name.right.model}`
}

const money = (dollars: number): string => (dollars < 0.01 ? 'less than 0.01 USD' : `about ${dollars.toFixed(2)} USD`)

/** What somebody is asked, in words, with its cost where the price list has one: an upper bound, as not every answer is asked about. */
export const askedInWords = ({ who, questions, input, output }: Asked): string => {
  const scripted = pricedAs(who) === ''
  const price = scripted ? undefined : priceOf(pricedAs(who))
  const tokens = `${Math.round(input)} tokens in and ${Math.round(output)} out each`
  if (scripted) return `${who}: at most ${questions} questions, answered here`
  return price === undefined
    ? `${who}: at most ${questions} questions, ${tokens}; its price is not listed`
    : `${who}: at most ${questions} questions, ${tokens}, ${money(costOf({ inputTokens: questions * input, outputTokens: questions * output }, price))} by prices of ${listedPrices.date}`
}
