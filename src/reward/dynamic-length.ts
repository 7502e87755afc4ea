import { quantile } from '../advantage/index.ts'
import type { LengthReward, Measured, TokenRange } from './length.ts'
import { lengthReward } from './length.ts'

/** Token counts of right and well-formed rollouts, by kind of question (usually the problem type), newest last. */
export type LengthHistory = Readonly<Record<string, readonly number[]>>

/** Where a dynamic range starts and how it follows. */
export interface DynamicLengthOptions {
  /** Taken while a kind has fewer than `enough` observations. */
  readonly start: TokenRange
  /** Quantiles of the observed lengths that bound the range: [0.1, 0.9] by default. */
  readonly quantiles?: readonly [number, number]
  /** Observations kept a kind, the oldest leave first; 256 by default. */
  readonly window?: number
  /** 16 by default. */
  readonly enough?: number
  /** Both ends are widened by this share, so that the range can move; 0.1 by default. */
  readonly slack?: number
  readonly bonus?: number
}

/** A length reward whose range follows the lengths that were seen; the history is a value. */
export interface DynamicLength {
  readonly range: (history: LengthHistory, kind: string) => TokenRange
  readonly reward: (history: LengthHistory, kind: string) => LengthReward
  /** The history after a group was seen. */
  readonly observe: (history: LengthHistory, kind: string, group: readonly Measured[]) => LengthHistory
}

/** A kind may have any name, `constructor` too. */
const seenOf = (history: LengthHistory, kind: string): readonly number[] =>
  Object.hasOwn(history, kind) ? (history[kind] ?? []) : []

/**
 * A length reward whose range follows what right answers to a kind of question have needed so far, instead of one
 * range for all (the paper's open question on lengths; no formula is published, this one is ours). A pure fold: the
 * caller keeps the history, `{}` at first, and passes it on; it holds `window` numbers a kind.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { dynamicLength } from 'kinograd/reward'
 *
 * const dynamic = dynamicLength({ start: [128, 320], enough: 2, quantiles: [0, 1], slack: 0 })
 * const seen = [100, 200].map(tokens => ({ accuracy: 1, format: 1, tokens }))
 * const history = dynamic.observe({}, 'OCR', seen)
 * assert.deepEqual(dynamic.range(history, 'OCR'), [100, 200])
 * assert.deepEqual(dynamic.range(history, 'numerical'), [128, 320])
 * ```
 */
export const dynamicLength = (options: DynamicLengthOptions): DynamicLength => {
  const { start, quantiles = [0.1, 0.9], window = 256, enough = 16, slack = 0.1, bonus = 0.2 } = options
  const range = (history: LengthHistory, kind: string): TokenRange => {
    const seen = seenOf(history, kind)
    if (seen.length < enough) return start
    const sorted = seen.toSorted((a, b) => a - b)
    const [low, high] = quantiles
    return [Math.floor(quantile(sorted, low) * (1 - slack)), Math.ceil(quantile(sorted, high) * (1 + slack))]
  }
  return {
    range,
    reward: (history, kind) => lengthReward({ range: range(history, kind), bonus }),
    observe: (history, kind, group) => {
      const right = group.filter(({ accuracy, format }) => accuracy !== null && accuracy > 0 && format > 0)
      return { ...history, [kind]: [...seenOf(history, kind), ...right.map(({ tokens }) => tokens)].slice(-window) }
    },
  }
}
