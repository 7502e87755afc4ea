import { type Groups, groupsOf } from './groups.ts'
import type { AnyNormaliser, Normalised, Weights } from './normaliser.ts'
import { everywhere, normalised, processesOf, summed } from './normaliser.ts'
import type { Raw, Reward } from './raw.ts'
import type { Flat, Scale } from './scale.ts'
import { ofGroup, scaled } from './scale.ts'
import type { Spread } from './standardise.ts'
import { centre, standardise } from './standardise.ts'

/**
 * PA-GRPO (equations 5–7 of VideoP2R): each process is normalised over its own rewards of the group, and its advantages
 * go to its own tokens and no others.
 *
 * Where the paper is silent: n − 1 in the standard deviation and epsilon 1e-4 outside the root, as in Video-R1's code;
 * constant is decided by max = min and then exactly 0; an unscored member is left out and gets 0. Groups are views of
 * one array a process: read them, do not write them.
 */
export const paGrpo =
  (options: Scale = {}): AnyNormaliser =>
  <K extends string>(batch: readonly Raw<K>[]) => {
    const processes = batch[0] === undefined ? [] : processesOf(batch[0])
    const flat = processes.map(k => {
      const rewards = batch.map(raw => raw.rewards[k])
      return scaled(rewards, options)
    })
    return groupsOf(batch.length, g => {
      const raw = batch[g] as Raw<K>
      return normalised(raw, processes, (_, p) => ofGroup(flat[p] as Flat, g), new Float64Array(raw.size))
    })
  }

/** All groups with one advantage a rollout for all of its tokens. */
const onAllTokens = <K extends string>(
  batch: readonly Raw<K>[],
  rewards: readonly (readonly Reward[])[],
  options: Scale,
): Groups<Normalised<K>> => {
  const flat = scaled(rewards, options)
  return groupsOf(batch.length, i => everywhere(batch[i] as Raw<K>, ofGroup(flat, i)))
}

/**
 * GRPO: one reward, one advantage a rollout, on all of its tokens. With the reasoning reward it is the paper's
 * process-agnostic RL, the row "without R_P" of its ablation.
 */
export const grpo =
  <const R extends string>({ reward, ...options }: Scale & { readonly reward: R }) =>
  <K extends string>(batch: readonly Raw<K | R>[]): Groups<Normalised<K | R>> =>
    onAllTokens(
      batch,
      batch.map(raw => raw.rewards[reward]),
      options,
    )

/** The rewards of all processes are added, normalised once, and given to every token: the paper's "without separation". */
export const sum =
  ({ weights, ...options }: Scale & { readonly weights?: Weights } = {}): AnyNormaliser =>
  batch =>
    onAllTokens(
      batch,
      batch.map(raw => summed(raw, weights)),
      options,
    )

/** Dr. GRPO (arXiv 2503.20783): the summed reward minus its group mean, without division by a standard deviation. */
export const drGrpo = ({ weights }: { readonly weights?: Weights } = {}): AnyNormaliser =>
  sum({ scale: 'none', ...(weights === undefined ? {} : { weights }) })

/** RLOO (arXiv 2402.14740): the summed reward minus the mean of the other rollouts of its group. */
export const rloo =
  ({ weights }: { readonly weights?: Weights } = {}): AnyNormaliser =>
  batch =>
    batch.map(raw => {
      const rewards = summed(raw, weights)
      const others = rewards.filter(r => r !== null).length - 1
      return everywhere(
        raw,
        centre(rewards).map(d => (others < 1 ? 0 : d * ((others + 1) / others))),
      )
    })

/**
 * GDPO (arXiv 2601.05242; TRL's "normalize_then_sum"): each process is normalised in its group, the results are added,
 * and the sums are normalised once more over the whole batch and given to every token.
 */
export const gdpo =
  ({ weights = {}, ...spread }: Spread & { readonly weights?: Weights } = {}): AnyNormaliser =>
  batch => {
    const sums = batch.map(raw => {
      const parts = processesOf(raw).map(k => ({
        weight: weights[k] ?? 1,
        values: standardise(raw.rewards[k], spread),
      }))
      return summed(raw).map(
        (known, i): Reward =>
          known === null
            ? null
            : parts.reduce((total, { weight, values }) => total + weight * (values[i] as number), 0),
      )
    })
    const flat = standardise(sums.flat(), spread)
    let end = 0
    return batch.map(raw => {
      end += raw.size
      return everywhere(raw, flat.subarray(end - raw.size, end))
    })
  }
