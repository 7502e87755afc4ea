import { either as E } from 'fp-ts'
import { defect, fault } from '../flow/index.ts'
import { teacherFault } from './fault.ts'
import type { Price } from './prices.ts'
import { alsoSpent, nothingSpent, type Spent } from './spent.ts'
import type { Teacher, Usage } from './types.ts'

/** What a meter counts with, and where it stops. */
export interface MeterOptions {
  /** Dollars after which nothing more is asked; it needs a price. Questions that are under way still finish. */
  readonly budget?: number | undefined
  /** What was spent before, in dollars, by a run that this one goes on with; 0 by default. */
  readonly before?: number
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
  let sum = nothingSpent(price, before)
  const note = (usage: Usage, outcome: 'answers' | 'lost') => {
    sum = alsoSpent(sum, usage, outcome, price)
  }
  const spent = (): Spent => sum
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
