import { either as E } from 'fp-ts'
import { defect, fault } from '../flow/index.ts'
import { teacherFault } from './fault.ts'
import type { Price } from './prices.ts'
import type { Teacher, Usage } from './types.ts'

/** What questions cost so far. */
export interface Spent extends Required<Omit<Usage, 'untold'>> {
  /** Questions that were answered. */
  readonly answers: number
  /** Questions that were billed and came to nothing: refused, cut, unreadable. */
  readonly lost: number
  /** Answers of which the server did not say what it billed. */
  readonly untold: number
  /** Undefined where no price was given. */
  readonly dollars: number | undefined
}

/** What a meter counts with, and where it stops. */
export interface MeterOptions {
  /** Dollars after which nothing more is asked; it needs a price. Questions that are under way still finish. */
  readonly budget?: number | undefined
  /** What was spent before, in dollars, by a run that this one goes on with; 0 by default. */
  readonly before?: number
}

const nothing = {
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  answers: 0,
  lost: 0,
  untold: 0,
}

/**
 * What tokens cost in dollars.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { costOf } from 'kinograd/teacher'
 *
 * assert.equal(costOf({ inputTokens: 1e6, outputTokens: 1e5, cacheReadTokens: 1e6 }, { input: 2, output: 10 }), 3.2)
 * ```
 */
export const costOf = (usage: Usage, price: Price): number => {
  const { input, output, cacheRead = input / 10, cacheWrite = input * 1.25 } = price
  const { inputTokens, outputTokens, cacheReadTokens = 0, cacheWriteTokens = 0 } = usage
  return (
    (inputTokens * input + outputTokens * output + cacheReadTokens * cacheRead + cacheWriteTokens * cacheWrite) / 1e6
  )
}

/**
 * A teacher that counts what it is billed, answers that were refused, cut or unreadable included; put it under the cache,
 * not over it. With a budget it stops asking when that is spent: `SpendLimit`, which says how much; questions that are
 * under way may go past it by what they cost. Throws a `Defect` for a budget without a price.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { taskEither as TE } from 'fp-ts'
 * import { metered } from 'kinograd/teacher'
 *
 * const usage = { inputTokens: 1000, outputTokens: 100 }
 * const cheap = { input: 2, output: 10 }
 * const { teacher, spent } = metered({ name: 'a', ask: () => TE.right({ text: '', usage }) }, cheap, { budget: 1 })
 * await teacher.ask({ prompt: 'Who?' }, new AbortController().signal)()
 * assert.equal(spent().dollars, 0.003)
 * ```
 */
export const metered = (
  teacher: Teacher,
  price?: Price,
  { budget, before = 0 }: MeterOptions = {},
): { readonly teacher: Teacher; readonly spent: () => Spent } => {
  if (budget !== undefined && (price === undefined || !(budget >= 0)))
    throw defect(fault('BadBudget', `a budget of ${budget} dollars`, 'Give dollars, and the price of the model'))
  let sum = nothing
  const note = (usage: Usage, outcome: 'answers' | 'lost') => {
    sum = {
      ...sum,
      inputTokens: sum.inputTokens + usage.inputTokens,
      outputTokens: sum.outputTokens + usage.outputTokens,
      cacheReadTokens: sum.cacheReadTokens + (usage.cacheReadTokens ?? 0),
      cacheWriteTokens: sum.cacheWriteTokens + (usage.cacheWriteTokens ?? 0),
      untold: sum.untold + (usage.untold ? 1 : 0),
      [outcome]: sum[outcome] + 1,
    }
  }
  const spent = (): Spent => {
    const { untold: _, ...tokens } = sum
    return { ...sum, dollars: price === undefined ? undefined : before + costOf(tokens, price) }
  }
  const overspent = () => {
    const { dollars = 0 } = spent()
    return budget === undefined || dollars < budget
      ? undefined
      : teacherFault(
          'SpendLimit',
          `${teacher.name}: ${dollars.toFixed(4)} of a budget of ${budget} dollars are spent`,
          'Raise the budget and go on; what was paid for is kept.',
        )
  }
  return {
    teacher: {
      ...teacher,
      ask: (question, signal) => async () => {
        const over = overspent()
        if (over !== undefined) return E.left(over)
        const answer = await teacher.ask(question, signal)()
        if (E.isRight(answer)) note(answer.right.usage, 'answers')
        else if (answer.left.usage !== undefined) note(answer.left.usage, 'lost')
        return answer
      },
    },
    spent,
  }
}
