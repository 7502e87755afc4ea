import { namesOf } from './by-process.ts'
import { collapse } from './collapse.ts'
import type { Groups } from './groups.ts'
import { mean, sampleDeviation } from './moments.ts'
import type { Normalised } from './normaliser.ts'
import type { Owners } from './owners.ts'
import type { Raw, Reward } from './raw.ts'
import { weightedSums } from './weighted.ts'

/** Numbers by TRL's metric names. */
export type Metrics = Readonly<Record<string, number>>

const least = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)

/** Nothing is reported of nothing: a metric without a value is left out, never 0 or NaN. */
const moments = (name: string, rewards: readonly Reward[]): Metrics => {
  const scored = rewards.filter(r => r !== null)
  return scored.length === 0 ? {} : { [`${name}/mean`]: mean(scored), [`${name}/std`]: sampleDeviation(scored) }
}

/**
 * Metrics of the rewards of a batch under TRL's names: `reward`, `reward_std` (of the sum over processes),
 * `rewards/<process>/mean` and `/std`, `unscored/<process>`, `frac_reward_zero_std` (groups whose sum is constant) and
 * `frac_reward_zero_std/<process>`, `frac_reward_zero_std/pa_grpo` (groups where every process is).
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { rawRewards, rewardMetrics } from 'kinograd/advantage'
 *
 * const group = rawRewards('clip 7', { perception: [1, null], reasoning: [2, 4] })
 * assert(E.isRight(group))
 * const metrics = rewardMetrics([group.right])
 * assert.equal(metrics['rewards/reasoning/mean'], 3)
 * assert.equal(metrics['unscored/perception'], 0.5)
 * ```
 */
export const rewardMetrics = <K extends string>(batch: readonly Raw<K>[]): Metrics => {
  const { processes, sums } = weightedSums(batch)
  if (processes.length === 0) return {}
  const total = moments('reward', sums.flat())
  const { byProcess, paGrpo, sum } = collapse(batch)
  const metrics: Record<string, number> = {
    ...(total['reward/mean'] === undefined ? {} : { reward: total['reward/mean'] }),
    ...(total['reward/std'] === undefined ? {} : { reward_std: total['reward/std'] }),
    frac_reward_zero_std: sum,
    'frac_reward_zero_std/pa_grpo': paGrpo,
  }
  for (const k of processes) {
    const all = batch.flatMap<Reward>(raw => raw.rewards[k])
    Object.assign(metrics, moments(`rewards/${k}`, all))
    metrics[`unscored/${k}`] = all.filter(r => r === null).length / all.length
    metrics[`frac_reward_zero_std/${k}`] = byProcess[k]
  }
  return metrics
}

/**
 * `advantages/<process>/variance` and `/smallest` (the smallest absolute advantage that is not 0), over a batch.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { advantageMetrics, drGrpo, rawRewards } from 'kinograd/advantage'
 *
 * const group = rawRewards('clip 7', { reasoning: [1, 0] })
 * assert(E.isRight(group))
 * assert.equal(advantageMetrics(drGrpo()([group.right]))['advantages/reasoning/smallest'], 0.5)
 * ```
 */
export const advantageMetrics = <K extends string>(batch: Groups<Normalised<K>>): Metrics => {
  const metrics: Record<string, number> = {}
  const first = batch.at(0)
  for (const k of first === undefined ? [] : namesOf(first.advantages)) {
    const values = Array.from(batch, ({ advantages }) => Array.from(advantages[k])).flat()
    metrics[`advantages/${k}/variance`] = sampleDeviation(values) ** 2
    const sizes = values.filter(v => v !== 0).map(Math.abs)
    if (sizes.length > 0) metrics[`advantages/${k}/smallest`] = least(sizes)
  }
  return metrics
}

/** One sampled completion as the length metrics see it. */
export interface Sampled<K extends string> {
  readonly owners: Owners<K>
  /** Ended by itself; false when it ran into the limit. */
  readonly ended: boolean
}

/**
 * `completions/mean_length`, `/min_length`, `/max_length`, the same of those that ended by themselves
 * (`/mean_terminated_length` …), `/clipped_ratio`, and `/<process>/mean_length`; in tokens.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { lengthMetrics } from 'kinograd/advantage'
 *
 * const metrics = lengthMetrics([{ owners: ['perception', 'reasoning', 'reasoning'], ended: false }], ['reasoning'])
 * assert.equal(metrics['completions/clipped_ratio'], 1)
 * assert.equal(metrics['completions/reasoning/mean_length'], 2)
 * ```
 */
export const lengthMetrics = <K extends string>(
  completions: readonly Sampled<K>[],
  processes: readonly K[],
): Metrics => {
  const spread = (name: string, lengths: readonly number[]): Metrics =>
    lengths.length === 0
      ? {}
      : {
          [`completions/mean_${name}`]: mean(lengths),
          [`completions/min_${name}`]: least(lengths),
          [`completions/max_${name}`]: -least(lengths.map(l => -l)),
        }
  if (completions.length === 0) return {}
  const ended = completions.filter(c => c.ended)
  return {
    ...spread(
      'length',
      completions.map(({ owners }) => owners.length),
    ),
    ...spread(
      'terminated_length',
      ended.map(({ owners }) => owners.length),
    ),
    'completions/clipped_ratio': 1 - ended.length / completions.length,
    ...Object.fromEntries(
      processes.map(k => [
        `completions/${k}/mean_length`,
        mean(completions.map(({ owners }) => owners.filter(owner => owner === k).length)),
      ]),
    ),
  }
}
