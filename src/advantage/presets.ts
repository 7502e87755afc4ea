import { drGrpo, gdpo, grpo, paGrpo, reinforcePlusPlus, rloo } from './families.ts'
import type { LossOptions } from './loss/options.ts'
import type { AnyNormaliser } from './normaliser.ts'
import type { Scale } from './scale.ts'
import type { Spread } from './standardise.ts'
import type { ProcessWeights } from './weighted.ts'

/** Both halves of a method: how rewards become advantages, and how advantages become a gradient. */
export interface Preset<N = AnyNormaliser> {
  readonly normaliser: N
  readonly loss: LossOptions
}

/** Options of the loss that take the place of the published ones. */
interface OwnLoss {
  readonly loss?: LossOptions
}
interface Weighted {
  readonly weights?: ProcessWeights
}

/**
 * Methods whose advantage and loss belong together, with both as they were published. Give `normaliser` to the stage
 * `advantage` and `loss` to `policyUpdate`; `loss` among the options changes single ones of the loss.
 *
 * - `paGrpo` (arXiv 2511.11113): a mean over each sequence's tokens, ε 0.2 and β 0.04, as in Video-R1's code.
 * - `grpo` (arXiv 2402.03300): the same loss, one reward on all tokens.
 * - `drGrpo` (arXiv 2503.20783): no deviation, and a sum over tokens divided by the constant `maxCompletionLength`, so
 *   that neither the spread of a group nor the length of a completion weighs it; β 0. With one half alone it is not
 *   Dr. GRPO.
 * - `gdpo` (arXiv 2601.05242): GRPO's loss on advantages of several rewards.
 * - `gspo` (arXiv 2507.18071): GRPO's advantages, one ratio a sequence, clipped at 3e-4 and 4e-4, β 0.
 * - `rloo` (arXiv 2402.14740): a sum over the tokens of each sequence, β 0 (the paper's KL is part of its reward).
 * - `reinforcePlusPlus` (arXiv 2501.03262): a mean over all tokens of the batch.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { policyLoss, presets } from 'kinograd/advantage'
 *
 * const { normaliser, loss } = presets.drGrpo({ maxCompletionLength: 8 })
 * assert.equal(normaliser([]).length, 0)
 * // A short and a long completion: every token weighs alike, 1 / (2 sequences × 8).
 * const { gradient } = policyLoss(loss)({ advantages: [[1], [1, 1]] })([Float64Array.of(-1), Float64Array.of(-1, -1)])
 * assert.deepEqual(gradient, [Float64Array.of(-1 / 16), Float64Array.of(-1 / 16, -1 / 16)])
 * ```
 */
export const presets = {
  paGrpo: ({ loss, ...scale }: Scale & OwnLoss = {}): Preset => ({
    normaliser: paGrpo(scale),
    loss: { type: 'grpo', ...loss },
  }),
  grpo: <const R extends string>({
    loss,
    ...options
  }: Scale & OwnLoss & { readonly reward: R }): Preset<ReturnType<typeof grpo<R>>> => ({
    normaliser: grpo<R>(options),
    loss: { type: 'grpo', ...loss },
  }),
  drGrpo: ({
    maxCompletionLength,
    loss,
    ...weights
  }: Weighted & OwnLoss & { readonly maxCompletionLength: number }): Preset => ({
    normaliser: drGrpo(weights),
    loss: { type: 'dr_grpo', beta: 0, maxCompletionLength, ...loss },
  }),
  gdpo: ({ loss, ...options }: Spread & Weighted & OwnLoss = {}): Preset => ({
    normaliser: gdpo(options),
    loss: { type: 'grpo', ...loss },
  }),
  gspo: <const R extends string>({
    loss,
    ...options
  }: Scale & OwnLoss & { readonly reward: R }): Preset<ReturnType<typeof grpo<R>>> => ({
    normaliser: grpo<R>(options),
    loss: { type: 'grpo', level: 'sequence', epsilonLow: 3e-4, epsilonHigh: 4e-4, beta: 0, ...loss },
  }),
  rloo: ({ loss, ...weights }: Weighted & OwnLoss = {}): Preset => ({
    normaliser: rloo(weights),
    // A sum over tokens, divided by the sequences times 1.
    loss: { type: 'dr_grpo', maxCompletionLength: 1, beta: 0, ...loss },
  }),
  reinforcePlusPlus: ({
    loss,
    ...options
  }: Spread & Weighted & OwnLoss & { readonly baseline?: 'group' | 'batch' } = {}): Preset => ({
    normaliser: reinforcePlusPlus(options),
    loss: { type: 'bnpo', ...loss },
  }),
} as const
