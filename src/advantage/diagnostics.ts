import { collapse } from './collapse.ts'
import type { Groups } from './groups.ts'
import { type Normalised, processesOf, summed } from './normaliser.ts'
import type { Owners } from './owners.ts'
import type { Raw, Reward } from './raw.ts'

/** Numbers by TRL's metric names. */
export type Metrics = Readonly<Record<string, number>>

const meanOf = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length

const least = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)

/** Standard deviation over n − 1; 0 for fewer than two. */
const stdOf = (values: readonly number[]): number => {
  const mean = meanOf(values)
  return values.length < 2 ? 0 : Math.sqrt(values.reduce((s, v) => s + (v - mean) ** 2, 0) / (values.length - 1))
}

/** Nothing is reported of nothing: a metric without a value is left out, never 0 or NaN. */
const moments = (name: string, rewards: readonly Reward[]): Metrics => {
  const scored = rewards.filter(r => r !== null)
  return scored.length === 0 ? {} : { [`${name}/mean`]: meanOf(scored), [`${name}/std`]: stdOf(scored) }
}

/**
 * Metrics of the rewards of a batch under TRL's names: `reward`, `reward_std` (of the sum over processes),
 * `rewards/<process>/mean` and `/std`, `unscored/<process>`, `frac_reward_zero_std` (groups whose sum is constant) and
 * `frac_reward_zero_std/<process>`, `frac_reward_zero_std/pa_grpo` (groups where every process is).
 */
export const rewardMetrics = <K extends string>(batch: readonly Raw<K>[]): Metrics => {
  const first = batch[0]
  if (first === undefined) return {}
  const total = moments(
    'reward',
    batch.flatMap(raw => summed(raw)),
  )
  const { byProcess, paGrpo, sum } = collapse(batch)
  const metrics: Record<string, number> = {
    ...(total['reward/mean'] === undefined ? {} : { reward: total['reward/mean'] }),
    ...(total['reward/std'] === undefined ? {} : { reward_std: total['reward/std'] }),
    frac_reward_zero_std: sum,
    'frac_reward_zero_std/pa_grpo': paGrpo,
  }
  for (const k of processesOf(first)) {
    const all = batch.flatMap<Reward>(raw => raw.rewards[k])
    Object.assign(metrics, moments(`rewards/${k}`, all))
    metrics[`unscored/${k}`] = all.filter(r => r === null).length / all.length
    metrics[`frac_reward_zero_std/${k}`] = byProcess[k]
  }
  return metrics
}

/** `advantages/<process>/variance` and `/smallest` (the smallest absolute advantage that is not 0), over a batch. */
export const advantageMetrics = <K extends string>(batch: Groups<Normalised<K>>): Metrics => {
  const metrics: Record<string, number> = {}
  for (const k of Object.keys(batch.at(0)?.advantages ?? {}) as K[]) {
    const values = Array.from(batch, ({ advantages }) => Array.from(advantages[k])).flat()
    metrics[`advantages/${k}/variance`] = stdOf(values) ** 2
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
 */
export const lengthMetrics = <K extends string>(
  completions: readonly Sampled<K>[],
  processes: readonly K[],
): Metrics => {
  const spread = (name: string, lengths: readonly number[]): Metrics =>
    lengths.length === 0
      ? {}
      : {
          [`completions/mean_${name}`]: meanOf(lengths),
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
        meanOf(completions.map(({ owners }) => owners.filter(owner => owner === k).length)),
      ]),
    ),
  }
}
