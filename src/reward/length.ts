/** What a length reward looks at, one a rollout of a group: the process's accuracy (null is unscored), format, tokens. */
export interface Measured {
  readonly accuracy: number | null
  readonly format: number
  /** Tokens of the process's text without tags. */
  readonly tokens: number
}

/** Inclusive range of tokens. */
export type TokenRange = readonly [least: number, most: number]

/** Gives each rollout of a group its length reward. */
export type LengthReward = (group: readonly Measured[]) => readonly number[]

/** Which lengths are rewarded, and by how much. */
export interface LengthOptions {
  readonly range: TokenRange
  /** 0.2 by default. */
  readonly bonus?: number
}

/**
 * The length reward of VideoP2R (arXiv 2511.11113, section 3.2): the bonus where accuracy and format of the process are both above 0 and its
 * tokens are within the range. The paper's ranges are [128, 320] for perception and [320, 512] for reasoning.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { lengthReward } from 'kinograd/reward'
 *
 * const reward = lengthReward({ range: [128, 320] })
 * const right = { accuracy: 1, format: 1, tokens: 200 }
 * assert.deepEqual(reward([right, { ...right, tokens: 400 }, { ...right, accuracy: 0 }]), [0.2, 0, 0])
 * ```
 */
export const lengthReward =
  ({ range: [least, most], bonus = 0.2 }: LengthOptions): LengthReward =>
  group =>
    group.map(({ accuracy, format, tokens }) =>
      accuracy !== null && accuracy > 0 && format > 0 && tokens >= least && tokens <= most ? bonus : 0,
    )

/**
 * Video-R1's length reward: only when more than one rollout of the group has an accuracy above 0.1, and only to those.
 * Its tokens are those of the whole completion with the end-of-sequence token; format plays no part
 * (`src/r1-v/src/open_r1/trainer/grpo_trainer.py`).
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { videoR1Length } from 'kinograd/reward'
 *
 * const reward = videoR1Length({ range: [320, 512] })
 * const right = { accuracy: 1, format: 0, tokens: 400 }
 * assert.deepEqual(reward([right, { ...right, accuracy: 0 }]), [0, 0])
 * assert.deepEqual(reward([right, right]), [0.2, 0.2])
 * ```
 */
export const videoR1Length =
  ({ range: [least, most], bonus = 0.2 }: LengthOptions): LengthReward =>
  group => {
    const right = group.map(({ accuracy }) => accuracy !== null && accuracy > 0.1)
    const enough = right.filter(Boolean).length > 1
    return group.map(({ tokens }, i) => (enough && right[i] && tokens >= least && tokens <= most ? bonus : 0))
  }

/**
 * No length reward: the ablation "without R_L" of VideoP2R (arXiv 2511.11113, Table 2).
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { noLength } from 'kinograd/reward'
 *
 * assert.deepEqual(noLength([{ accuracy: 1, format: 1, tokens: 200 }]), [0])
 * ```
 */
export const noLength: LengthReward = group => group.map(() => 0)
