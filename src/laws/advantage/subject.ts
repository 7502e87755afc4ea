import type fc from 'fast-check'
import type { Groups, Normalised, Raw, Reward } from '../../advantage/index.ts'
import { type Asking, ask, type Posed } from '../asking.ts'
import { byProcess, type Domain, exactGroups, groupsIn, rawBatch } from '../groups.ts'
import { Unfit } from '../law.ts'
import type { Habits } from '../promises.ts'
import { toldApart } from '../round.ts'
import type { Known } from './known.ts'

/** What a normaliser is asked, and what it gives. */
export type Batch<K extends string> = readonly Raw<K>[]
export type Answer<K extends string> = Groups<Normalised<K>>
export type Steps<K extends string, R> = Asking<Batch<K>, Answer<K>, R>
export type PosedLaw<K extends string> = Posed<Batch<K>, Answer<K>>

/** What a normaliser is tried on, and what it promises. */
export interface Subject<K extends string> {
  readonly processes: readonly [K, ...K[]]
  readonly domain: Domain
  readonly routing: 'process' | 'all'
  readonly wholeBatch: boolean
  readonly habits: Required<Habits>
  readonly known: Known
  /**
   * How far two results for one exact group may be apart for their rounding. Where every number is compared with its
   * definition, that comparison is strict, and this is not.
   */
  readonly slack: (size: number) => number
  /** Groups of any kind, batches of them, and groups of numbers that add and scale exactly, every member scored. */
  readonly any: fc.Arbitrary<Raw<K>>
  readonly batches: fc.Arbitrary<Batch<K>>
  readonly exact: fc.Arbitrary<Raw<K>>
}

/** The arbitraries of a subject. */
export const inputsOf = <K extends string>(
  processes: readonly [K, ...K[]],
  domain: Domain,
): Pick<Subject<K>, 'any' | 'batches' | 'exact'> => ({
  any: groupsIn(processes, domain),
  batches: rawBatch(processes, domain),
  exact: exactGroups(processes, domain),
})

/** What is wrong with the shape of a group's answer, or null. */
export const misshapen = <K extends string>(
  processes: readonly K[],
  raw: Raw<K>,
  made: Normalised<K> | undefined,
): string | null => {
  if (made === undefined) return `group "${raw.group}" got nothing`
  if (made.group !== raw.group) return `group "${raw.group}" became "${made.group}"`
  for (const k of processes) {
    const length = made.advantages[k]?.length
    if (length !== raw.size) return `"${k}" has ${length ?? 'no'} advantages for ${raw.size} rollouts`
  }
  if (made.outside.length !== raw.size) return `${made.outside.length} numbers outside for ${raw.size} rollouts`
  return made.size === raw.size ? null : `a group of ${raw.size} rollouts became one of ${made.size}`
}

/** Asks for a batch and demands one fitting answer a group. */
export function* all<K extends string>(
  processes: readonly K[],
  batch: Batch<K>,
): Steps<K, readonly [Normalised<K>, ...Normalised<K>[]]> {
  const made = [...(yield* ask<Batch<K>, Answer<K>>(batch))]
  if (made.length !== batch.length) throw new Unfit(`${batch.length} groups became ${made.length}`)
  for (const [i, raw] of batch.entries()) {
    const wrong = misshapen(processes, raw, made[i])
    if (wrong !== null) throw new Unfit(wrong)
  }
  const [first, ...rest] = made
  if (first === undefined) throw new Unfit('a batch without groups was asked')
  return [first, ...rest]
}

/** Asks for a batch of one group. */
export function* one<K extends string>(processes: readonly K[], raw: Raw<K>): Steps<K, Normalised<K>> {
  return (yield* all(processes, [raw]))[0]
}

/** The group with other rewards, made from each process's own. */
export const withRewards = <K extends string>(
  raw: Raw<K>,
  rewards: (given: readonly Reward[], process: K) => readonly Reward[],
): Raw<K> => {
  const made = byProcess(processesIn(raw), k => rewards(raw.rewards[k], k))
  return { ...raw, size: made[processesIn(raw)[0]!].length, rewards: made }
}

/** The names of the processes that a group has rewards for. */
export const processesIn = <K extends string>(raw: Raw<K>): readonly K[] => Object.keys(raw.rewards) as K[]

/** The group with a function of its scored rewards. */
export const mapRewards = <K extends string>(raw: Raw<K>, f: (reward: number) => number): Raw<K> =>
  withRewards(raw, given => given.map(r => (r === null ? null : f(r))))

/** Every process with the rewards of the first. */
export const alike = <K extends string>(processes: readonly [K, ...K[]], raw: Raw<K>): Raw<K> =>
  withRewards(raw, () => raw.rewards[processes[0]])

/** Whether two numbers are as near as they should be; NaN is as near to NaN as can be. */
export const near = (a: number, b: number, within: number): boolean =>
  Object.is(a, b) || a === b || Math.abs(a - b) <= within

/** The first difference between the advantages of two results, in words; `at` says which rollout stands for which. */
export const apart = <K extends string>(
  processes: readonly K[],
  a: Normalised<K>,
  b: Normalised<K>,
  within: (size: number, process: K) => number = () => 0,
  at: (rollout: number) => number = i => i,
): string | null => {
  for (const k of processes)
    for (let i = 0; i < b.advantages[k].length; i++) {
      const [x, y] = [a.advantages[k][at(i)] ?? Number.NaN, b.advantages[k][i] ?? Number.NaN]
      if (near(x, y, within(Math.max(Math.abs(x), Math.abs(y)), k))) continue
      const [left, right] = toldApart(x, y)
      return `rollout ${at(i)} of "${k}" has ${left}, and ${right} the other time`
    }
  return null
}

/** All numbers of a result, by name. */
const named = <K extends string>(processes: readonly K[], made: Normalised<K>) => [
  ...processes.map(k => [k, made.advantages[k]] as const),
  ['outside', made.outside] as const,
]

/** The first advantage of which something bad holds, in words. */
export const firstBad = <K extends string>(
  processes: readonly K[],
  made: Normalised<K>,
  bad: (advantage: number) => boolean,
  says: string,
): string | null => {
  for (const [name, values] of named(processes, made)) {
    const i = values.findIndex(bad)
    if (i !== -1) return `rollout ${i} of "${name}" has ${values[i]}, ${says}`
  }
  return null
}

/** A copy that stays what it is when buffers are written again. */
export const copied = <K extends string>(processes: readonly K[], made: Normalised<K>): Normalised<K> => ({
  ...made,
  advantages: byProcess(processes, k => Float64Array.from(made.advantages[k])),
  outside: Float64Array.from(made.outside),
})
