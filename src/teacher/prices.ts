/** Dollars per million tokens: the provider's price list, which changes. */
export interface Price {
  readonly input: number
  readonly output: number
  /** Tokens read from the provider's prompt cache; a tenth of `input` unless given. */
  readonly cacheRead?: number
  /** Tokens written to it; 1.25 × `input` unless given. */
  readonly cacheWrite?: number
  /** Prices of requests with more input tokens than `above`. */
  readonly long?: Omit<Price, 'long'> & { readonly above: number }
}

const half = ({ input, output, cacheRead, cacheWrite }: Omit<Price, 'long'>): Price => ({
  input: input / 2,
  output: output / 2,
  ...(cacheRead === undefined ? {} : { cacheRead: cacheRead / 2 }),
  ...(cacheWrite === undefined ? {} : { cacheWrite: cacheWrite / 2 }),
})

/**
 * The price of a batch: half of every part.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { halfOf } from 'kinograd/teacher'
 *
 * assert.deepEqual(halfOf({ input: 2, output: 10 }), { input: 1, output: 5 })
 * ```
 */
export const halfOf = ({ long, ...price }: Price): Price => ({
  ...half(price),
  ...(long === undefined ? {} : { long: { ...half(long), above: long.above } }),
})

/** A price list and the day on which it was read. */
export interface PriceList {
  /** As `2026-11-25`. */
  readonly date: string
  /** By the beginning of a teacher's name, the longest one that fits: `claude:claude-haiku-5-5`. */
  readonly prices: Readonly<Record<string, Price>>
}

/**
 * Prices of Anthropic's models as its pages had them on the day that the list names; a batch costs half. Prices change:
 * look them up and give your own where it matters.
 */
export const listedPrices: PriceList = {
  date: '2026-11-25',
  prices: {
    'claude:claude-haiku-5-5': { input: 0.1, output: 0.5, long: { above: 100_000, input: 0.5, output: 2.5 } },
    'claude:claude-sonnet-5-5': { input: 2, output: 10 },
    'claude:claude-opus-5-5': { input: 4, output: 20 },
    'claude:claude-fable-5-1': { input: 10, output: 50 },
  },
}

/**
 * The price of a teacher by its name, undefined where the list has none.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { priceOf } from 'kinograd/teacher'
 *
 * const mine = { date: '2026-12-01', prices: { 'openai-compatible:': { input: 0, output: 0 } } }
 * assert.deepEqual(priceOf('openai-compatible:qwen2.5-vl', mine), { input: 0, output: 0 })
 * assert.equal(priceOf('claude:claude-of-tomorrow'), undefined)
 * ```
 */
export const priceOf = (teacher: string, { prices }: PriceList = listedPrices): Price | undefined =>
  Object.entries(prices)
    .filter(([name]) => teacher.startsWith(name))
    .toSorted(([a], [b]) => b.length - a.length)[0]?.[1]
