import type { Objective, PerToken } from './objective.ts'
import { sameShape } from './objective.ts'

/** What the mean of the supervised loss is taken over. */
export interface SftOptions {
  /** Tokens with mask 0 count nowhere. */
  readonly mask?: PerToken
  /** Tokens that the mean is over; by default those at hand. Give the whole batch's when it is trained in parts. */
  readonly tokens?: number
}

/**
 * Supervised fine-tuning: the mean negative log-likelihood of the completion tokens of the batch, in nats (the mean
 * over all tokens together, as Hugging Face's cross-entropy; prompt tokens are not part of it).
 */
export const sftLoss =
  ({ mask, tokens }: SftOptions = {}): Objective =>
  logprobs => {
    if (mask !== undefined) sameShape('mask', mask, logprobs)
    const counts = (b: number, t: number): boolean => mask === undefined || mask[b]?.[t] !== 0
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
