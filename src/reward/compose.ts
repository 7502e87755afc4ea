import { either as E } from 'fp-ts'
import type { Raw, RawFault, Reward } from '../advantage/index.ts'
import { rawRewards } from '../advantage/index.ts'
import type { Fault } from '../flow/index.ts'
import { fault } from '../flow/index.ts'
import type { LengthReward, Measured } from './length.ts'

/** What is known of one process of one rollout, and further rewards by name (`null`: not applicable, counts as nothing). */
export interface ProcessMeasured extends Measured {
  readonly extra?: Readonly<Record<string, number | null>>
  /** What is said of the accuracy, as the judge's reason. */
  readonly note?: string
}

/** The parts of a process's reward for one rollout, and their sum; null when the accuracy is unscored. */
export interface ProcessReward {
  readonly accuracy: number | null
  readonly format: number
  readonly length: number
  readonly extra: Readonly<Record<string, number | null>>
  readonly total: Reward
  readonly note?: string
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

/** Why the rewards of a group cannot be composed. */
export type ComposeFault = RawFault | Fault<'NoLengthReward' | 'UnknownWeight'>

/** A field that is the record's own: a process may be called `constructor`. */
const own = <V>(record: Readonly<Record<string, V>>, name: string): V | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined

const processReward = (
  { accuracy, format, extra = {}, note }: ProcessMeasured,
  length: number,
  weights: Readonly<Record<string, number>>,
): ProcessReward => {
  const weight = (name: string): number => own(weights, name) ?? 1
  const more = Object.entries(extra).reduce((sum, [name, value]) => sum + weight(name) * (value ?? 0), 0)
  const total =
    accuracy === null
      ? null
      : weight('accuracy') * accuracy + weight('format') * format + weight('length') * length + more
  return { accuracy, format, length, extra, total, ...(note === undefined ? {} : { note }) }
}

const partNames = ['accuracy', 'format', 'length']

/** A weight that no reward of the group goes by: a name misspelled would count as nothing, without a word. */
const unknownWeight = (
  group: string,
  weights: Readonly<Record<string, number>>,
  measured: readonly (readonly ProcessMeasured[])[],
): ComposeFault | null => {
  const names = new Set([...partNames, ...measured.flat().flatMap(({ extra = {} }) => Object.keys(extra))])
  const unknown = Object.keys(weights).find(name => !names.has(name))
  return unknown === undefined
    ? null
    : fault(
        'UnknownWeight',
        `group "${group}": there is a weight for "${unknown}" and the rewards are ${[...names].join(', ')}`,
        'Mend the name, or give the reward as null where it does not apply.',
      )
}

/** The length rewards of one process, one finite number a rollout. */
const lengthsOf = (
  group: string,
  process: string,
  reward: LengthReward | undefined,
  measured: readonly ProcessMeasured[],
): E.Either<ComposeFault, readonly number[]> => {
  if (reward === undefined)
    return E.left(
      fault(
        'NoLengthReward',
        `group "${group}": no length reward is given for the process "${process}"`,
        'Give one for every process; noLength is none.',
      ),
    )
  const lengths = reward(measured)
  const bad = lengths.findIndex(length => !Number.isFinite(length))
  if (lengths.length !== measured.length)
    return E.left(
      fault(
        'UnequalLengths',
        `group "${group}": the length reward of "${process}" gave ${lengths.length} numbers for ${measured.length} rollouts`,
        'Return one number a rollout, 0 where there is no reward.',
      ),
    )
  return bad === -1
    ? E.right(lengths)
    : E.left(
        fault(
          'NotFinite',
          `group "${group}": the length reward of rollout ${bad} for "${process}" is ${lengths[bad]}`,
          'Return a finite number, 0 where there is no reward.',
        ),
      )
}

/**
 * Equation 5 of VideoP2R (arXiv 2511.11113) for a whole group: per process, accuracy + format + length. A rollout whose
 * accuracy could not be had (null) is unscored for that process and for that process only. Left when a number is not
 * finite, the group is smaller than two, processes differ in length, a length reward is missing or gives too few
 * numbers, or a weight has a name that no reward of the group has.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { composeRewards, lengthReward } from 'kinograd/reward'
 *
 * const compose = composeRewards({ length: { reasoning: lengthReward({ range: [320, 512] }) } })
 * const made = compose('clip 1', {
 *   reasoning: [
 *     { accuracy: 1, format: 1, tokens: 400 },
 *     { accuracy: 0, format: 1, tokens: 400 },
 *   ],
 * })
 * assert(made._tag === 'Right')
 * assert.deepEqual(made.right.raw.rewards.reasoning, [2.2, 1])
 * ```
 */
export const composeRewards =
  <K extends string>({ length, weights = {} }: ComposeOptions<K>) =>
  (group: string, measured: Readonly<Record<K, readonly ProcessMeasured[]>>): E.Either<ComposeFault, Rewards<K>> => {
    const processes = Object.entries<readonly ProcessMeasured[]>(measured)
    const unknown = unknownWeight(
      group,
      weights,
      processes.map(([, given]) => given),
    )
    if (unknown !== null) return E.left(unknown)
    const scored: [string, readonly ProcessReward[]][] = []
    for (const [process, given] of processes) {
      const lengths = lengthsOf(group, process, own<LengthReward>(length, process), given)
      if (E.isLeft(lengths)) return lengths
      scored.push([process, given.map((rollout, i) => processReward(rollout, lengths.right[i] ?? 0, weights))])
    }
    const parts = byProcess<K, readonly ProcessReward[]>(scored)
    const totals = byProcess<K, readonly Reward[]>(
      scored.map(([process, rewards]) => [process, rewards.map(({ total }) => total)]),
    )
    return E.map((raw: Raw<K>): Rewards<K> => ({ parts, raw }))(rawRewards(group, totals))
  }

/** A record with a field for every process, whatever its name is. */
const byProcess = <K extends string, V>(entries: readonly (readonly [string, V])[]): Readonly<Record<K, V>> =>
  Object.fromEntries(entries) as Record<K, V>
