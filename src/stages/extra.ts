import { function as F, taskEither as TE } from 'fp-ts'
import type { VideoRecord } from '../dataset/index.ts'
import { type Fault, fault } from '../flow/index.ts'
import { type ProcessAccuracy, rewardTask } from './accuracy.ts'
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

/**
 * A further reward of `score` that looks at one rollout at a time: a number, or null where it does not apply; at once or later. The
 * rollouts of a group are asked at the same time. What looks at the whole group is an `ExtraReward` as it stands. Left: what `reward`
 * gives; `RewardFailed`, a number that is not finite.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import type { VideoRecord } from 'kinograd/dataset'
 * import { items } from 'kinograd/flow'
 * import { template } from 'kinograd/process'
 * import { noLength } from 'kinograd/reward'
 * import { eachRollout, readRollout, score } from 'kinograd/stages'
 * import { firstValueFrom } from 'rxjs'
 *
 * const more = { options: [], path: 'a.mp4', source: '' }
 * const record: VideoRecord = { ...more, id: 'a', problem: 'How many balls?', answer: '3', problemType: 'numerical', dataType: 'video' }
 *
 * const tags = template({ reasoning: ['answer'] })
 * const tokenizer = { pieces: (ids: Int32Array) => Array.from(ids, id => String.fromCharCode(id)) }
 * const read = readRollout(tags, tokenizer)
 * const rollouts = ['3', '4'].map(n => {
 *   const text = `<answer>${n}</answer>`
 *   return read({ ids: Int32Array.from(text, c => c.charCodeAt(0)), stop: 'length' })
 * })
 *
 * const brief = eachRollout((_, { text }) => (text.length < 80 ? 0.5 : 0))
 * const item = await firstValueFrom(
 *   items([{ record, rollouts }]).pipe(
 *     score({
 *       accuracy: { reasoning: () => 1 },
 *       extra: { reasoning: { brief } },
 *       length: { reasoning: noLength },
 *     }),
 *   ),
 * )
 * assert(E.isRight(item))
 * assert.deepEqual(item.right.rewards.raw.rewards.reasoning, [2.5, 2.5])
 * ```
 */
export const eachRollout =
  <R extends VideoRecord, K extends string, T extends string>(
    reward: ProcessAccuracy<R, K, T>,
  ): ExtraReward<HasRecord<R> & HasRollouts<K, T>> =>
  ({ item: { record, rollouts } }, signal) =>
    TE.traverseArray((rollout: (typeof rollouts)[number]) => rewardTask(reward(record, rollout, signal)))(rollouts)

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
