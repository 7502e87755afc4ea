import { either as E } from 'fp-ts'
import type { Fault } from '../flow/index.ts'
import { fault } from '../flow/index.ts'

/** A reward, or null: unscored, which is no number and never stands for 0. */
export type Reward = number | null

/**
 * The rewards of one group as they were given: per process one reward a rollout. Made by `rawRewards`, which checks
 * them, so that everything after it is total.
 */
export interface Raw<K extends string> {
  readonly _tag: 'Raw'
  /** Names the group (the record's id) in messages. */
  readonly group: string
  /** G, the number of rollouts. */
  readonly size: number
  readonly rewards: Readonly<Record<K, readonly Reward[]>>
}

/** Why rewards cannot be normalised. */
export type RawFault = Fault<'NotFinite' | 'GroupTooSmall' | 'UnequalLengths' | 'NoProcess'>

/**
 * Checks the rewards of a group. Left, naming group and process, when a reward is NaN or infinite, when the group has
 * fewer than two rollouts (a mean of one tells nothing), when processes differ in length, or when there is no process.
 */
export const rawRewards = <K extends string>(
  group: string,
  rewards: Readonly<Record<K, readonly Reward[]>>,
): E.Either<RawFault, Raw<K>> => {
  const processes = Object.keys(rewards) as K[]
  const first = processes[0]
  if (first === undefined)
    return E.left(fault('NoProcess', `group "${group}" has rewards for 0 processes`, 'Score at least one process.'))
  const size = rewards[first].length
  if (size < 2)
    return E.left(
      fault('GroupTooSmall', `group "${group}" has ${size} rollouts of at least 2`, 'Sample 2 or more completions.'),
    )
  for (const process of processes) {
    const given = rewards[process]
    if (given.length !== size)
      return E.left(
        fault(
          'UnequalLengths',
          `group "${group}": ${given.length} rewards for "${process}" and ${size} for "${first}"`,
          'Give every process one reward a rollout, null for an unscored one.',
        ),
      )
    const bad = given.findIndex(r => r !== null && !Number.isFinite(r))
    if (bad !== -1)
      return E.left(
        fault(
          'NotFinite',
          `group "${group}": the reward of rollout ${bad} for "${process}" is ${given[bad]}`,
          'Give a finite number, or null where the reward could not be had.',
        ),
      )
  }
  return E.right({ _tag: 'Raw', group, size, rewards })
}

/** Marks rollouts as unscored in every process (truncated, filtered, …): they count in no mean and get advantage 0. */
export const exclude = <K extends string>(raw: Raw<K>, excluded: (rollout: number) => boolean): Raw<K> => {
  const rewards = Object.fromEntries(
    Object.entries<readonly Reward[]>(raw.rewards).map(([k, given]) => [
      k,
      given.map((r, i) => (excluded(i) ? null : r)),
    ]),
  ) as unknown as Record<K, readonly Reward[]>
  return { ...raw, rewards }
}
