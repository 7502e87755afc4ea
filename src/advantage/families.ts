import { defect, fault } from '../flow/index.ts'
import { type Groups, groupsOf } from './groups.ts'
import type { AnyNormaliser, Normalised } from './normaliser.ts'
import { everywhere, normalised } from './normaliser.ts'
import { batchRewards, exclude, processesOf, type Raw, type Reward } from './raw.ts'
import type { Scale } from './scale.ts'
import { scaled, valuesOfGroup } from './scale.ts'
import type { Spread } from './standardise.ts'
import { centre, standardise } from './standardise.ts'
import { type ProcessWeights, weightedSums } from './weighted.ts'

/**
 * PA-GRPO (equations 5–7 of VideoP2R, arXiv 2511.11113): each process is normalised over its own rewards of the group,
 * and its advantages go to its own tokens and no others.
 *
 * Where the paper is silent: n − 1 in the standard deviation and epsilon 1e-4 outside the root, as in Video-R1's code;
 * constant is decided by max = min and then exactly 0; a member that is unscored in a process is left out of that
 * process alone and gets 0 there. Groups are views of one array a process, and share the zeros of tokens outside: read
 * them, do not write them.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { paGrpo, rawRewards } from 'kinograd/advantage'
 *
 * const group = rawRewards('clip 7', { perception: [1, 1, 0, 0], reasoning: [0, 1, 0, 1] })
 * assert(E.isRight(group))
 * const [made] = paGrpo()([group.right])
 * assert.deepEqual(Array.from(made?.advantages.perception ?? [], Math.sign), [1, 1, -1, -1])
 * assert.deepEqual(Array.from(made?.advantages.reasoning ?? [], Math.sign), [-1, 1, -1, 1])
 * ```
 */
export const paGrpo =
  (options: Scale = {}): AnyNormaliser =>
  <K extends string>(batch: readonly Raw<K>[]) => {
    const { processes, rewards } = batchRewards(batch)
    const advantages = rewards.map(ofProcess => scaled(ofProcess, options))
    // Groups of one size share their zeros.
    let outside = new Float64Array(batch[0]?.size ?? 0)
    return groupsOf(batch.length, g => {
      const raw = batch[g]!
      if (outside.length !== raw.size) outside = new Float64Array(raw.size)
      return normalised(raw, processes, (_, p) => valuesOfGroup(advantages[p]!, g), outside)
    })
  }

/** All groups with one advantage a rollout for all of its tokens. */
const onAllTokens = <K extends string>(
  batch: readonly Raw<K>[],
  rewards: readonly (readonly Reward[])[],
  options: Scale,
): Groups<Normalised<K>> => {
  const values = scaled(rewards, options)
  return groupsOf(batch.length, g => everywhere(batch[g]!, valuesOfGroup(values, g)))
}

/** The rewards of one process. A name that a group does not have is a mistake in the program and throws a `Defect`. */
const rewardsOf = <K extends string, R extends K>(raw: Raw<K>, reward: R): readonly Reward[] => {
  if (Object.hasOwn(raw.rewards, reward)) return raw.rewards[reward]
  throw defect(
    fault(
      'UnknownProcess',
      `GRPO is to normalise the rewards for "${reward}", and group "${raw.group}" has rewards for ${processesOf(raw).join(', ')}`,
      'Name a process that is scored.',
    ),
  )
}

/**
 * GRPO (arXiv 2402.03300): one reward, one advantage a rollout, on all of its tokens. With the reasoning reward it is
 * the process-agnostic RL of VideoP2R, the row "without R_P" of its ablation; with `scale: 'none'` it is GRPO without
 * the deviation.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { grpo, rawRewards } from 'kinograd/advantage'
 *
 * const group = rawRewards('clip 7', { perception: [1, 1, 0, 0], reasoning: [0, 1, 0, 1] })
 * assert(E.isRight(group))
 * const [made] = grpo({ reward: 'reasoning' })([group.right])
 * assert.deepEqual(Array.from(made?.advantages.perception ?? [], Math.sign), [-1, 1, -1, 1])
 * ```
 */
export const grpo =
  <const R extends string>({ reward, ...options }: Scale & { readonly reward: R }) =>
  <K extends string>(batch: readonly Raw<K | R>[]): Groups<Normalised<K | R>> =>
    onAllTokens(
      batch,
      batch.map(raw => rewardsOf(raw, reward)),
      options,
    )

/**
 * The rewards of all processes are added, normalised once, and given to every token: the row "without separation" of
 * VideoP2R's ablation. A rollout that is unscored in one process has no sum, and is left out.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { rawRewards, sum } from 'kinograd/advantage'
 *
 * const group = rawRewards('clip 7', { perception: [1, 0], reasoning: [0, 1] })
 * assert(E.isRight(group))
 * // The sums are equal, so that the group says nothing …
 * assert.deepEqual(Array.from(sum()([group.right]).at(0)?.outside ?? []), [0, 0])
 * // … unless one process weighs more.
 * const [made] = sum({ weights: { reasoning: 2 } })([group.right])
 * assert.deepEqual(Array.from(made?.outside ?? [], Math.sign), [-1, 1])
 * ```
 */
export const sum =
  ({ weights, ...options }: Scale & { readonly weights?: ProcessWeights } = {}): AnyNormaliser =>
  batch =>
    onAllTokens(batch, weightedSums(batch, weights).sums, options)

/**
 * The advantages of Dr. GRPO (arXiv 2503.20783): the summed reward minus its group mean, without division by a standard
 * deviation. The other half of Dr. GRPO is its loss: `presets.drGrpo` has both.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { drGrpo, rawRewards } from 'kinograd/advantage'
 *
 * const group = rawRewards('clip 7', { perception: [1, 0], reasoning: [2, 0] })
 * assert(E.isRight(group))
 * assert.deepEqual(Array.from(drGrpo()([group.right]).at(0)?.outside ?? []), [1.5, -1.5])
 * ```
 */
export const drGrpo = ({ weights }: { readonly weights?: ProcessWeights } = {}): AnyNormaliser =>
  sum({ scale: 'none', ...(weights === undefined ? {} : { weights }) })

/**
 * RLOO (arXiv 2402.14740): the summed reward minus the mean of the other rollouts of its group.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { rawRewards, rloo } from 'kinograd/advantage'
 *
 * const group = rawRewards('clip 7', { reasoning: [3, 0, 0] })
 * assert(E.isRight(group))
 * assert.deepEqual(Array.from(rloo()([group.right]).at(0)?.outside ?? []), [3, -1.5, -1.5])
 * ```
 */
export const rloo =
  ({ weights }: { readonly weights?: ProcessWeights } = {}): AnyNormaliser =>
  batch => {
    const { sums } = weightedSums(batch, weights)
    return batch.map((raw, g) => {
      const rewards = sums[g]!
      const others = rewards.filter(r => r !== null).length - 1
      return everywhere(
        raw,
        centre(rewards).map(d => (others < 1 ? 0 : d * ((others + 1) / others))),
      )
    })
  }

/** One advantage a rollout from numbers that are standardised over the whole batch together. */
const overBatch = <K extends string>(
  batch: readonly Raw<K>[],
  values: readonly (readonly Reward[])[],
  spread: Spread,
): Groups<Normalised<K>> => {
  const all = standardise(values.flat(), spread)
  let end = 0
  return batch.map(raw => {
    end += raw.size
    return everywhere(raw, all.subarray(end - raw.size, end))
  })
}

/** The values of a group, unscored where a rollout has no sum. */
const whereScored = (values: Float64Array, sums: readonly Reward[]): readonly Reward[] =>
  sums.map((sum, i) => (sum === null ? null : values[i]!))

/**
 * REINFORCE++ (arXiv 2501.03262): the summed reward standardised over the whole batch. `baseline: 'group'` (default)
 * takes the mean of the group off first, which is REINFORCE++-baseline; `'batch'` does not. Rollouts weigh alike, where
 * verl weighs each by its tokens.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { rawRewards, reinforcePlusPlus } from 'kinograd/advantage'
 *
 * const easy = rawRewards('easy', { reasoning: [1, 1, 1, 0] })
 * const hard = rawRewards('hard', { reasoning: [0, 0, 0, 0] })
 * assert(E.isRight(easy) && E.isRight(hard))
 * const [, byGroup] = reinforcePlusPlus()([easy.right, hard.right])
 * const [, byBatch] = reinforcePlusPlus({ baseline: 'batch' })([easy.right, hard.right])
 * assert.deepEqual(Array.from(byGroup?.outside ?? [], Math.sign), [0, 0, 0, 0])
 * assert.deepEqual(Array.from(byBatch?.outside ?? [], Math.sign), [-1, -1, -1, -1])
 * ```
 */
export const reinforcePlusPlus =
  ({
    weights,
    baseline = 'group',
    ...spread
  }: Spread & { readonly weights?: ProcessWeights; readonly baseline?: 'group' | 'batch' } = {}): AnyNormaliser =>
  batch => {
    const { sums } = weightedSums(batch, weights)
    const values = baseline === 'batch' ? sums : sums.map(rewards => whereScored(centre(rewards), rewards))
    return overBatch(batch, values, spread)
  }

/**
 * GDPO (arXiv 2601.05242; TRL's "normalize_then_sum"): each process is normalised in its group, the results are added,
 * and the sums are normalised once more over the whole batch and given to every token. A rollout that is unscored in
 * one process has no sum: it gets 0, and the others what they get without it.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { gdpo, rawRewards } from 'kinograd/advantage'
 *
 * const group = rawRewards('clip 7', { perception: [100, 0], reasoning: [0, 1] })
 * assert(E.isRight(group))
 * // Processes count by their weights, whatever the size of their rewards.
 * const [made] = gdpo({ weights: { reasoning: 2 } })([group.right])
 * assert.deepEqual(Array.from(made?.outside ?? [], Math.sign), [-1, 1])
 * ```
 */
export const gdpo =
  ({ weights, ...spread }: Spread & { readonly weights?: ProcessWeights } = {}): AnyNormaliser =>
  batch => {
    const { processes, factors, sums } = weightedSums(batch, weights)
    const values = batch.map((raw, g) => {
      const known = sums[g]!
      const { rewards } = known.includes(null) ? exclude(raw, i => known[i] === null) : raw
      const total = new Float64Array(raw.size)
      for (let p = 0; p < processes.length; p++) {
        const factor = factors[p]!
        if (factor === 0) continue
        const normal = standardise(rewards[processes[p]!], spread)
        for (let i = 0; i < normal.length; i++) total[i] = total[i]! + factor * normal[i]!
      }
      return whereScored(total, known)
    })
    return overBatch(batch, values, spread)
  }
