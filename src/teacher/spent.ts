import type { Price } from './prices.ts'
import type { Usage } from './types.ts'

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

/** What an answer takes that was there, or on its way, when it was asked for. */
export const unbilled: Usage = { inputTokens: 0, outputTokens: 0 }

/**
 * What the tokens of one request cost in dollars.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { costOf } from 'kinograd/teacher'
 *
 * assert.equal(costOf({ inputTokens: 1e6, outputTokens: 1e5, cacheReadTokens: 1e6 }, { input: 2, output: 10 }), 3.2)
 * const tiered = { input: 0.1, output: 0.5, long: { above: 100_000, input: 0.5, output: 2.5 } }
 * assert.equal(costOf({ inputTokens: 200_000, outputTokens: 0 }, tiered), 0.1)
 * ```
 */
export const costOf = (usage: Usage, price: Price): number => {
  const { inputTokens, outputTokens, cacheReadTokens = 0, cacheWriteTokens = 0 } = usage
  const long = price.long !== undefined && inputTokens + cacheReadTokens + cacheWriteTokens > price.long.above
  const { input, output, cacheRead = input / 10, cacheWrite = input * 1.25 } = long ? price.long : price
  return (
    (inputTokens * input + outputTokens * output + cacheReadTokens * cacheRead + cacheWriteTokens * cacheWrite) / 1e6
  )
}

/** Nothing spent; dollars are counted from `before` where there is a price. */
export const nothingSpent = (price: Price | undefined, before = 0): Spent => ({
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  answers: 0,
  lost: 0,
  untold: 0,
  dollars: price === undefined ? undefined : before,
})

/** What is spent once one more request was billed, each at its own price. */
export const alsoSpent = (sum: Spent, usage: Usage, outcome: 'answers' | 'lost', price: Price | undefined): Spent => ({
  ...sum,
  inputTokens: sum.inputTokens + usage.inputTokens,
  outputTokens: sum.outputTokens + usage.outputTokens,
  cacheReadTokens: sum.cacheReadTokens + (usage.cacheReadTokens ?? 0),
  cacheWriteTokens: sum.cacheWriteTokens + (usage.cacheWriteTokens ?? 0),
  untold: sum.untold + (usage.untold ? 1 : 0),
  [outcome]: sum[outcome] + 1,
  dollars: price === undefined || sum.dollars === undefined ? undefined : sum.dollars + costOf(usage, price),
})
