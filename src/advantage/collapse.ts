import { processesOf, summed, type Weights } from './normaliser.ts'
import type { Raw, Reward } from './raw.ts'

/** All scored members equal, or fewer than two scored: the group says nothing, its advantages are all 0. */
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

/** Advantage collapse in a batch (section 5.4 of the paper), for PA-GRPO and for its rivals on the same rollouts. */
export const collapse = <K extends string>(batch: readonly Raw<K>[], weights: Weights = {}): Collapse<K> => {
  const first = batch[0]
  const processes = first === undefined ? [] : processesOf(first)
  const byProcess = Object.fromEntries(
    processes.map(k => [k, share(batch, raw => equalRewards(raw.rewards[k]))]),
  ) as Record<K, number>
  return {
    byProcess,
    paGrpo: share(batch, raw => processes.every(k => equalRewards(raw.rewards[k]))),
    sum: share(batch, raw => equalRewards(summed(raw, weights))),
  }
}

/** Which groups dynamic sampling keeps. */
export interface DynamicSampling {
  /** A group stays when `any` of its processes has rewards that differ (default), or only when `every` one has. */
  readonly keep?: 'any' | 'every'
}

/** Splits a batch into groups that carry a gradient and groups that carry none (DAPO's dynamic sampling). Order is kept. */
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
