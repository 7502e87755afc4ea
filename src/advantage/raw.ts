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

const tooSmall = (which: string, size: number): RawFault =>
  fault('GroupTooSmall', `${which} ${size} rollouts of at least 2`, 'Sample 2 or more completions.')

const notFinite = (which: string, value: number | null | undefined): RawFault =>
  fault('NotFinite', `${which} is ${value}`, 'Give a finite number, or null where the reward could not be had.')

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
  if (size < 2) return E.left(tooSmall(`group "${group}" has`, size))
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
      return E.left(notFinite(`group "${group}": the reward of rollout ${bad} for "${process}"`, given[bad]))
  }
  return E.right({ _tag: 'Raw', group, size, rewards })
}

/** What is wrong with groups of one size that lie one after the other, if anything is. */
export const flatFault = (rewards: Float64Array, size: number): RawFault | null => {
  if (!(size >= 2)) return tooSmall('every group has', size)
  if (rewards.length % size !== 0)
    return fault(
      'UnequalLengths',
      `${rewards.length} rewards are no whole number of groups of ${size}`,
      'Give every group as many rewards.',
    )
  let bad = 0
  while (bad < rewards.length && Number.isFinite(rewards[bad])) bad++
  return bad === rewards.length
    ? null
    : notFinite(`group ${Math.floor(bad / size)}: the reward of rollout ${bad % size}`, rewards[bad])
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
