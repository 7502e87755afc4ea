import { mean } from '../advantage/index.ts'

/** When frames in order count as better than frames shuffled, and what that adds. */
export interface TemporalOptions {
  /** 0.3 by default. */
  readonly bonus?: number
  /** The share of the shuffled accuracy that the ordered one must reach; 0.8 in Video-R1's code (1 in its paper). */
  readonly share?: number
  /** Only rollouts whose accuracy is above this get the bonus; 0.1. */
  readonly above?: number
}

/**
 * T-GRPO's temporal reward (Video-R1, arXiv 2503.21776): when the rollouts that saw the frames in order are about as often right as those
 * that saw them shuffled, every right rollout of the ordered group gets the bonus. Accuracies of null (unscored) count
 * in neither mean and get nothing; without a scored rollout on both sides there is no bonus.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { temporalReward } from 'kinograd/reward'
 *
 * assert.deepEqual(temporalReward()([1, 0, 1], [1, 0, 0]), [0.3, 0, 0.3])
 * assert.deepEqual(temporalReward()([1, 0, 0], [1, 1, 0]), [0, 0, 0])
 * ```
 */
export const temporalReward =
  ({ bonus = 0.3, share = 0.8, above = 0.1 }: TemporalOptions = {}) =>
  (ordered: readonly (number | null)[], shuffled: readonly (number | null)[]): readonly number[] => {
    const seen = ordered.filter(a => a !== null)
    const control = shuffled.filter(a => a !== null)
    const temporal = seen.length > 0 && control.length > 0 && mean(seen) >= share * mean(control)
    return ordered.map(a => (temporal && a !== null && a > above ? bonus : 0))
  }
