import fc from 'fast-check'
import type { Normalised, Normaliser, Raw, Reward } from '../../advantage/index.ts'
import { exactRewards, gradedRewards, rawGroup, tightRewards } from '../groups.ts'
import type { Promises } from '../promises.ts'

/** A normaliser under trial, with what its laws need to try it. */
export interface Subject<K extends string> {
  readonly processes: readonly K[]
  readonly promises: Promises
  readonly batch: Normaliser<K>
  /** The normaliser on a batch of one group. */
  readonly one: (raw: Raw<K>) => Normalised<K>
  /** Groups of any kind; of numbers that scale and shift exactly; of moderate size with unscored members; see `groups.ts`. */
  readonly any: fc.Arbitrary<Raw<K>>
  readonly exact: fc.Arbitrary<Raw<K>>
  readonly moderate: fc.Arbitrary<Raw<K>>
  readonly tight: fc.Arbitrary<Raw<K>>
}

export const subjectOf = <K extends string>(
  normaliser: Normaliser<K>,
  promises: Promises,
  processes: readonly K[],
): Subject<K> => ({
  processes,
  promises,
  batch: normaliser,
  one: raw => {
    const made = normaliser([raw])
    const first = made.at(0)
    if (made.length !== 1 || first === undefined) throw new Error(`1 group became ${made.length}`)
    return first
  },
  any: rawGroup(processes),
  exact: rawGroup(processes, {}, exactRewards),
  moderate: rawGroup(processes, {}, options => fc.oneof(exactRewards(options), gradedRewards(options))),
  tight: rawGroup(processes, {}, tightRewards),
})

/** The group with other rewards, made from each process's own. */
export const withRewards = <K extends string>(
  raw: Raw<K>,
  rewards: (given: readonly Reward[], process: K) => readonly Reward[],
): Raw<K> => {
  const processes = Object.keys(raw.rewards) as K[]
  const made = Object.fromEntries(processes.map(k => [k, rewards(raw.rewards[k], k)])) as unknown as Record<
    K,
    readonly Reward[]
  >
  return { ...raw, size: made[processes[0] as K].length, rewards: made }
}

/** The group with a function of its scored rewards. */
export const mapRewards = <K extends string>(raw: Raw<K>, f: (reward: number) => number): Raw<K> =>
  withRewards(raw, given => given.map(r => (r === null ? null : f(r))))

export const near = (a: number, b: number, within: number): boolean => Math.abs(a - b) <= within

/** The first difference between the advantages of two results, in words; `at` says which rollout stands for which. */
export const apart = <K extends string>(
  processes: readonly K[],
  a: Normalised<K>,
  b: Normalised<K>,
  within: (value: number, process: K) => number = () => 0,
  at: (rollout: number) => number = i => i,
): string | null => {
  for (const k of processes)
    for (let i = 0; i < b.advantages[k].length; i++) {
      const [x, y] = [a.advantages[k][at(i)] ?? Number.NaN, b.advantages[k][i] ?? Number.NaN]
      if (!near(x, y, within(Math.max(Math.abs(x), Math.abs(y)), k)))
        return `rollout ${at(i)} of "${k}" has ${x}, and ${y} the other time`
    }
  return null
}

/** The first advantage of which something bad holds, in words. */
export const firstBad = <K extends string>(
  { processes }: Subject<K>,
  made: Normalised<K>,
  bad: (advantage: number) => boolean,
  says: string,
): string | null => {
  for (const [name, values] of [
    ...processes.map(k => [k, made.advantages[k]] as const),
    ['outside', made.outside] as const,
  ]) {
    const i = values.findIndex(bad)
    if (i !== -1) return `rollout ${i} of "${name}" has ${values[i]}, ${says}`
  }
  return null
}
