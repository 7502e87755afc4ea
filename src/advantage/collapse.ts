import { byProcess } from './by-process.ts'
import { processesOf, type Raw, type Reward } from './raw.ts'
import { type ProcessWeights, weightedSums } from './weighted.ts'

/**
 * All scored members equal, or fewer than two scored: the group says nothing, its advantages are all 0.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { equalRewards } from 'kinograd/advantage'
 *
 * assert(equalRewards([1, null, 1]))
 * assert(!equalRewards([1, 0]))
 * ```
 */
export const equalRewards = (rewards: readonly Reward[]): boolean => {
  const scored = rewards.filter(r => r !== null)
  return scored.every(r => r === scored[0])
}

/** How many groups of a batch collapse (all rewards equal, so no gradient), as shares between 0 and 1. */
export interface Collapse<K extends string> {
  /** Per process: as PA-GRPO sees it, and as GRPO would have with that reward alone on the same rollouts. */
  readonly byProcess: Readonly<Record<K, number>>
  /** Groups that give PA-GRPO no gradient at all: every process collapses. */
  readonly paGrpo: number
  /** What GRPO would have seen on the same rollouts with the sum of all rewards. */
  readonly sum: number
}

const share = <A>(items: readonly A[], holds: (item: A) => boolean): number =>
  items.length === 0 ? 0 : items.filter(holds).length / items.length

/**
 * Advantage collapse in a batch (section 5.4 of VideoP2R, arXiv 2511.11113), for PA-GRPO and for its rivals on the same
 * rollouts.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { collapse, rawRewards } from 'kinograd/advantage'
 *
 * const group = rawRewards('clip 7', { perception: [1, 0], reasoning: [0, 1] })
 * assert(E.isRight(group))
 * // The sums are equal; each process by itself is not.
 * assert.deepEqual(collapse([group.right]), { byProcess: { perception: 0, reasoning: 0 }, paGrpo: 0, sum: 1 })
 * ```
 */
export const collapse = <K extends string>(batch: readonly Raw<K>[], weights: ProcessWeights = {}): Collapse<K> => {
  const { processes, sums } = weightedSums(batch, weights)
  return {
    byProcess: byProcess(processes, k => share(batch, raw => equalRewards(raw.rewards[k]))),
    paGrpo: share(batch, raw => processes.every(k => equalRewards(raw.rewards[k]))),
    sum: share(sums, equalRewards),
  }
}

/** Which groups dynamic sampling keeps. */
export interface DynamicSampling {
  /** A group stays when `any` of its processes has rewards that differ (default), or only when `every` one has. */
  readonly keep?: 'any' | 'every'
}

/**
 * Splits a batch into groups that carry a gradient and groups that carry none (dynamic sampling of DAPO, arXiv
 * 2503.14476). Order is kept.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { informative, rawRewards } from 'kinograd/advantage'
 *
 * const mixed = rawRewards('mixed', { reasoning: [1, 0] })
 * const solved = rawRewards('solved', { reasoning: [1, 1] })
 * assert(E.isRight(mixed) && E.isRight(solved))
 * assert.deepEqual(informative([mixed.right, solved.right]), { kept: [mixed.right], dropped: [solved.right] })
 * ```
 */
export const informative = <K extends string>(
  batch: readonly Raw<K>[],
  { keep = 'any' }: DynamicSampling = {},
): { readonly kept: readonly Raw<K>[]; readonly dropped: readonly Raw<K>[] } => {
  const tells = (raw: Raw<K>): boolean => {
    const spread = (k: K): boolean => !equalRewards(raw.rewards[k])
    return keep === 'any' ? processesOf(raw).some(spread) : processesOf(raw).every(spread)
  }
  return { kept: batch.filter(tells), dropped: batch.filter(raw => !tells(raw)) }
}
