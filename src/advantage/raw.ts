import { either as E } from 'fp-ts'
import type { Fault } from '../flow/index.ts'
import { defect, fault } from '../flow/index.ts'
import { byProcess, namesOf } from './by-process.ts'

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
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { rawRewards } from 'kinograd/advantage'
 *
 * const group = rawRewards('clip 7', { perception: [2.2, 0], reasoning: [1, null] })
 * assert(E.isRight(group))
 * assert.equal(group.right.size, 2)
 *
 * const unequal = rawRewards('clip 8', { perception: [1, 0], reasoning: [1] })
 * assert(E.isLeft(unequal))
 * assert.equal(unequal.left.cause, 'group "clip 8": 1 rewards for "reasoning" and 2 for "perception"')
 * ```
 */
export const rawRewards = <K extends string>(
  group: string,
  rewards: Readonly<Record<K, readonly Reward[]>>,
): E.Either<RawFault, Raw<K>> => {
  const processes = namesOf(rewards)
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

/** The processes that a group has rewards for, in their order. */
export const processesOf = <K extends string>(raw: Raw<K>): readonly K[] => namesOf(raw.rewards)

/** The rewards of a batch by process: `rewards[p][g]` are those of group g for process p. */
export interface BatchRewards<K extends string> {
  readonly processes: readonly K[]
  readonly rewards: readonly (readonly (readonly Reward[])[])[]
}

/** A group with rewards for others than the first of its batch: a mistake in the program, and no item's. */
const unequalProcesses = (raw: Raw<string>, first: Raw<string>) =>
  defect(
    fault(
      'UnequalProcesses',
      `group "${raw.group}" has rewards for ${processesOf(raw).join(', ')}, the first of its batch, "${first.group}", for ${processesOf(first).join(', ')}`,
      'Score all groups of a batch for the same processes, null where a reward could not be had.',
    ),
  )

/** Whether rewards are for these processes, in this order: walks the names without a list of them, for it runs at every group. */
const areFor = (rewards: object, processes: readonly string[]): boolean => {
  let at = 0
  for (const name in rewards) if (name !== processes[at++]) return false
  return at === processes.length
}

/**
 * Puts the rewards of a batch together by process; none of an empty batch. Groups with rewards for others than the first
 * has throw a `Defect`, so that no reward is left out and none taken for another.
 */
export const batchRewards = <K extends string>(batch: readonly Raw<K>[]): BatchRewards<K> => {
  const first = batch[0]
  if (first === undefined) return { processes: [], rewards: [] }
  const processes = processesOf(first)
  for (const raw of batch) {
    if (areFor(raw.rewards, processes)) continue
    const own = processesOf(raw)
    if (own.length !== processes.length || !processes.every(process => own.includes(process)))
      throw unequalProcesses(raw, first)
  }
  return { processes, rewards: processes.map(process => batch.map(raw => raw.rewards[process])) }
}

/**
 * Marks rollouts as unscored in every process (truncated, filtered, …): they count in no mean and get advantage 0.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { exclude, rawRewards } from 'kinograd/advantage'
 *
 * const group = rawRewards('clip 7', { perception: [1, 0, 1], reasoning: [1, 0, 0] })
 * assert(E.isRight(group))
 * const ended = [true, true, false]
 * assert.deepEqual(exclude(group.right, i => !ended[i]).rewards.perception, [1, 0, null])
 * ```
 */
export const exclude = <K extends string>(raw: Raw<K>, excluded: (rollout: number) => boolean): Raw<K> => ({
  ...raw,
  rewards: byProcess(processesOf(raw), (process): readonly Reward[] =>
    raw.rewards[process].map((reward, i) => (excluded(i) ? null : reward)),
  ),
})
