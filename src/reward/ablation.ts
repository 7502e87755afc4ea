import type { Normaliser } from '../advantage/index.ts'
import { grpo, paGrpo, sum } from '../advantage/index.ts'

/** What a row of the ablation of VideoP2R (arXiv 2511.11113, Table 2) changes in the RL step. */
export interface Ablation {
  readonly normaliser: Normaliser<'perception' | 'reasoning'>
  readonly lengthReward: boolean
}

/**
 * The RL rows of the paper's ablation. "Without R_P" and process-agnostic RL are the same run: the reasoning reward on
 * all tokens. "Without R_R" is read as its mirror image, the perception reward on all tokens; the paper does not say.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { ablations } from 'kinograd/reward'
 *
 * const group = { _tag: 'Raw', group: 'clip 1', size: 2, rewards: { perception: [1, 2], reasoning: [0, 1] } } as const
 * const { advantages } = ablations.withoutPerception.normaliser([group]).at(0)!
 * assert.deepEqual(advantages.perception, advantages.reasoning)
 * ```
 */
export const ablations = {
  full: { normaliser: paGrpo(), lengthReward: true },
  withoutPerception: { normaliser: grpo({ reward: 'reasoning' }), lengthReward: true },
  withoutReasoning: { normaliser: grpo({ reward: 'perception' }), lengthReward: true },
  withoutLength: { normaliser: paGrpo(), lengthReward: false },
  withoutSeparation: { normaliser: sum(), lengthReward: true },
  processAgnostic: { normaliser: grpo({ reward: 'reasoning' }), lengthReward: true },
} as const satisfies Readonly<Record<string, Ablation>>
