import { function as F, taskEither as TE } from 'fp-ts'
import type { VideoRecord } from '../dataset/index.ts'
import { type Fault, fault } from '../flow/index.ts'
import { type ProcessAccuracy, verdictTask } from './accuracy.ts'
import type { HasRecord, HasRollouts } from './items.ts'

/** A scored group: the item, and the accuracies that one of its processes got; null where a rollout is unscored. */
export interface ScoredGroup<A> {
  readonly item: A
  readonly accuracy: readonly (number | null)[]
}

/** A further reward of one process, for a whole group: one number a rollout, null where it does not apply. */
export type ExtraReward<A> = (
  group: ScoredGroup<A>,
  signal: AbortSignal,
) => TE.TaskEither<Fault, readonly (number | null)[]>

/** A further reward that looks at one rollout at a time. */
export const eachRollout =
  <R extends VideoRecord, K extends string, T extends string>(
    reward: ProcessAccuracy<R, K, T>,
  ): ExtraReward<HasRecord<R> & HasRollouts<K, T>> =>
  ({ item: { record, rollouts } }, signal) =>
    TE.traverseArray((rollout: (typeof rollouts)[number]) =>
      verdictTask('an extra reward', reward(record, rollout, signal)),
    )(rollouts)

/** Further rewards by name. Left: `RewardFailed`, a reward that gives another number of values than there are rollouts, or one that is not finite. */
export const extraRewards = <A extends HasRollouts<string, string>>(
  rewards: Readonly<Record<string, ExtraReward<A>>>,
  group: ScoredGroup<A>,
  signal: AbortSignal,
): TE.TaskEither<Fault, readonly Readonly<Record<string, number | null>>[]> =>
  F.pipe(
    Object.entries(rewards),
    TE.traverseArray(([name, reward]) =>
      F.pipe(
        reward(group, signal),
        TE.filterOrElse(
          values => values.length === group.item.rollouts.length && values.every(v => v === null || Number.isFinite(v)),
          (values): Fault =>
            fault(
              'RewardFailed',
              `the reward "${name}" gave [${values.slice(0, 8).join(', ')}] for ${group.item.rollouts.length} rollouts`,
              'Give one finite number a rollout, or null where the reward does not apply.',
            ),
        ),
        TE.map(values => [name, values] as const),
      ),
    ),
    TE.map(named =>
      group.item.rollouts.map((_, i) => Object.fromEntries(named.map(([name, values]) => [name, values[i] ?? null]))),
    ),
  )
