import type { Owners } from '../owners.ts'
import type { PerToken, Totals } from './objective.ts'
import { sameShape } from './objective.ts'

/** What a policy loss is computed from besides the log-probabilities; every array is [sequence][token]. */
export interface LossBatch {
  readonly advantages: PerToken
  /** Log-probabilities under the policy that sampled. Left out: the current ones, that is a ratio of 1 with its gradient. */
  readonly oldLogprobs?: PerToken
  /** Log-probabilities under the reference; needed when beta is above 0. */
  readonly refLogprobs?: PerToken
  /** Tokens with mask 0 (padding, truncated completions, tools) count nowhere. All count by default. */
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
