import { either as E } from 'fp-ts'
import { type Fault, fault } from '../../flow/index.ts'
import type { Owners } from '../owners.ts'
import type { PerToken, Totals } from './objective.ts'
import { countsIn, sameShape } from './objective.ts'

/**
 * What a policy loss is computed from besides the log-probabilities; every array is [sequence][token]. What stands
 * behind the mask is never looked at: it may be NaN, infinite, or anything else.
 */
export interface LossBatch {
  readonly advantages: PerToken
  /** Log-probabilities under the policy that sampled. Left out: the current ones, that is a ratio of 1 with its gradient. */
  readonly oldLogprobs?: PerToken
  /** Log-probabilities under the reference; needed when beta is above 0. */
  readonly refLogprobs?: PerToken
  /** 1 for tokens that count and 0 for those that count nowhere (padding, truncated completions, tools). All count by default. */
  readonly mask?: PerToken
  /** Multiplies each token's policy loss, not its KL: importance-sampling corrections, entropy masks. */
  readonly weights?: PerToken
  /** Log-probabilities of the sampler, for `offPolicyThreshold`; the old ones by default. */
  readonly samplingLogprobs?: PerToken
  /** The process of each token, for `segment_mean` and for metrics by process. */
  readonly owners?: readonly Owners<string>[]
  readonly totals?: Totals
}

/** Throws a `RangeError` with both numbers where the shapes of a batch do not fit its log-probabilities. */
export const checkBatch = (batch: LossBatch, beta: number, logprobs: readonly Float64Array[]): void => {
  sameShape('advantages', batch.advantages, logprobs)
  for (const name of ['oldLogprobs', 'refLogprobs', 'mask', 'weights', 'samplingLogprobs', 'owners'] as const) {
    const given = batch[name]
    if (given !== undefined) sameShape(name, given, logprobs)
  }
  if (beta !== 0 && batch.refLogprobs === undefined)
    throw new RangeError(`beta is ${beta}, and there are no reference log-probabilities`)
}

/** A counted token for which whoever sampled gave no log-probability (NaN): some servers leave single ones out. */
export type MissingLogprobs = Fault<'MissingLogprobs'>

/** The missing ones among the counted tokens of rows, as a fault, if there are any. */
export const missingIn = (name: string, rows: PerToken, mask: PerToken | undefined): MissingLogprobs | null => {
  const counts = countsIn(mask)
  let [missing, counted] = [0, 0]
  let first: readonly [number, number] = [0, 0]
  for (let b = 0; b < rows.length; b++) {
    const row = rows[b]!
    for (let t = 0; t < row.length; t++) {
      if (!counts(b, t)) continue
      counted++
      if (!Number.isNaN(row[t]!)) continue
      if (missing === 0) first = [b, t]
      missing++
    }
  }
  if (missing === 0) return null
  return fault(
    'MissingLogprobs',
    `${name} of ${missing} of ${counted} tokens are NaN, the first at token ${first[1]} of sequence ${first[0]}`,
    "Ask the sampler for every token's log-probability, or take such tokens as a ratio of 1 (missingLogprobs: 'one').",
  )
}

/**
 * The batch, if every counted token has an old and a sampling log-probability where the batch has any; else Left with
 * how many are NaN and where the first stands. For who would rather lose a batch than train on it with ratios of 1:
 * ask before `policyLoss`, which throws the same as a `RangeError` under `missingLogprobs: 'fault'`.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { knownLogprobs } from 'kinograd/advantage'
 *
 * const batch = { advantages: [[1, 1]], oldLogprobs: [[-0.5, Number.NaN]] }
 * assert(E.isLeft(knownLogprobs(batch)))
 * assert(E.isRight(knownLogprobs({ ...batch, mask: [[1, 0]] })))
 * ```
 */
export const knownLogprobs = (batch: LossBatch): E.Either<MissingLogprobs, LossBatch> => {
  for (const name of ['oldLogprobs', 'samplingLogprobs'] as const) {
    const rows = batch[name]
    const missing = rows === undefined ? null : missingIn(name, rows, batch.mask)
    if (missing !== null) return E.left(missing)
  }
  return E.right(batch)
}
