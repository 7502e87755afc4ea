import type { Objective, PerToken } from './objective.ts'
import { countsIn, sameShape } from './objective.ts'

/** What the mean of the supervised loss is taken over. */
export interface SftOptions {
  /** 1 for tokens that count and 0 for those that count nowhere. All count by default. */
  readonly mask?: PerToken
  /** Tokens that the mean is over; by default those at hand. Give the whole batch's when it is trained in parts. */
  readonly tokens?: number
}

/**
 * Supervised fine-tuning: the mean negative log-likelihood of the completion tokens of the batch, in nats (the mean
 * over all tokens together, as Hugging Face's cross-entropy; prompt tokens are not part of it).
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { sftLoss } from 'kinograd/advantage'
 *
 * const { loss, gradient } = sftLoss()([Float64Array.of(-1, -3)])
 * assert.equal(loss, 2)
 * assert.deepEqual(gradient, [Float64Array.of(-0.5, -0.5)])
 * ```
 */
export const sftLoss = ({ mask, tokens }: SftOptions = {}): Objective => {
  const objective: Objective = logprobs => {
    if (mask !== undefined) sameShape('mask', mask, logprobs)
    const counts = countsIn(mask)
    const counted = logprobs.reduce((n, row, b) => n + row.reduce((m, _, t) => m + (counts(b, t) ? 1 : 0), 0), 0)
    const share = 1 / Math.max(1, tokens ?? counted)
    let loss = 0
    const gradient = logprobs.map((row, b) =>
      row.map((lp, t) => {
        if (!counts(b, t)) return 0
        loss -= lp * share
        return -share
      }),
    )
    return { loss, gradient, metrics: { tokens: counted } }
  }
  return Object.assign(objective, { linear: true } as const)
}
