import { either as E } from 'fp-ts'
import type { Raw, RawFault, Reward } from '../advantage/index.ts'
import { rawRewards } from '../advantage/index.ts'
import type { LengthReward, Measured } from './length.ts'

/** What is known of one process of one rollout, and further rewards by name (`null`: not applicable, counts as nothing). */
export interface ProcessMeasured extends Measured {
  readonly extra?: Readonly<Record<string, number | null>>
}

/** The parts of a process's reward for one rollout, and their sum; null when the accuracy is unscored. */
export interface ProcessReward {
  readonly accuracy: number | null
  readonly format: number
  readonly length: number
  readonly extra: Readonly<Record<string, number | null>>
  readonly total: Reward
}

/** How the parts of a reward are put together. */
export interface ComposeOptions<K extends string> {
  readonly length: Readonly<Record<K, LengthReward>>
  /** Weights of `accuracy`, `format`, `length` and the extra rewards by name; 1 by default, as in equation 5. */
  readonly weights?: Readonly<Record<string, number>>
}

/** The rewards of one group: the parts to report, and the sums that an advantage is made of. */
export interface Rewards<K extends string> {
  readonly parts: Readonly<Record<K, readonly ProcessReward[]>>
  readonly raw: Raw<K>
}

const processReward = (
  measured: ProcessMeasured,
  length: number,
  weights: Readonly<Record<string, number>>,
): ProcessReward => {
  const { accuracy, format, extra = {} } = measured
  const weight = (name: string): number => weights[name] ?? 1
  const more = Object.entries(extra).reduce((sum, [name, value]) => sum + weight(name) * (value ?? 0), 0)
  const total =
    accuracy === null
      ? null
      : weight('accuracy') * accuracy + weight('format') * format + weight('length') * length + more
  return { accuracy, format, length, extra, total }
}

/**
 * Equation 5 of the paper for a whole group: per process, accuracy + format + length. A rollout whose accuracy could
 * not be had (null) is unscored for that process and for that process only. Left when a number is not finite, the
 * group is smaller than two, or processes differ in length.
 */
export const composeRewards =
  <K extends string>({ length, weights = {} }: ComposeOptions<K>) =>
  (group: string, measured: Readonly<Record<K, readonly ProcessMeasured[]>>): E.Either<RawFault, Rewards<K>> => {
    const processes = Object.keys(measured) as K[]
    const parts = Object.fromEntries(
      processes.map(k => {
        const lengths = length[k](measured[k])
        return [k, measured[k].map((m, i) => processReward(m, lengths[i] ?? 0, weights))]
      }),
    ) as unknown as Record<K, readonly ProcessReward[]>
    const totals = Object.fromEntries(processes.map(k => [k, parts[k].map(({ total }) => total)])) as unknown as Record<
      K,
      readonly Reward[]
    >
    return E.map((raw: Raw<K>): Rewards<K> => ({ parts, raw }))(rawRewards(group, totals))
  }
