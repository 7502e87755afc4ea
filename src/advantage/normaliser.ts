import type { Groups } from './groups.ts'
import type { Raw, Reward } from './raw.ts'

/** The advantages of one group. It is no `Raw`: normalising twice does not compile. */
export interface Normalised<K extends string> {
  readonly _tag: 'Normalised'
  readonly group: string
  readonly size: number
  /** Per process one advantage a rollout, for the tokens of that process. */
  readonly advantages: Readonly<Record<K, Float64Array>>
  /** One a rollout, for tokens that belong to no process: 0 where rewards are routed, else the one of all tokens. */
  readonly outside: Float64Array
}

/**
 * Turns the rewards of a batch of groups into advantages, group by group in order. One of your own may give an array;
 * those of the library keep one flat array a process and make each group, a view, when it is asked for.
 */
export type Normaliser<K extends string> = (batch: readonly Raw<K>[]) => Groups<Normalised<K>>

/** A normaliser for any set of processes. */
export type AnyNormaliser = <K extends string>(batch: readonly Raw<K>[]) => Groups<Normalised<K>>

/** Weight of a process's reward in a sum; 1 where none is given. */
export type Weights = Readonly<Record<string, number>>

export const processesOf = <K extends string>(raw: Raw<K>): readonly K[] => Object.keys(raw.rewards) as K[]

/** The weighted sum over processes; unscored as soon as one process is, because the sum is then not known. */
export const summed = <K extends string>(raw: Raw<K>, weights: Weights = {}): readonly Reward[] => {
  const sums = new Array<Reward>(raw.size).fill(0)
  for (const k of processesOf(raw)) {
    const weight = weights[k] ?? 1
    const rewards = raw.rewards[k]
    for (let i = 0; i < raw.size; i++) {
      const [sum, r] = [sums[i] as Reward, rewards[i] as Reward]
      sums[i] = sum === null || r === null ? null : sum + weight * r
    }
  }
  return sums
}

/** The advantages of one group: `of` gives those of each process, `outside` those of tokens that belong to none. */
export const normalised = <K extends string>(
  { group, size }: Raw<K>,
  processes: readonly K[],
  of: (process: K, index: number) => Float64Array,
  outside: Float64Array,
): Normalised<K> => {
  const advantages: Partial<Record<K, Float64Array>> = {}
  for (let p = 0; p < processes.length; p++) {
    const k = processes[p] as K
    advantages[k] = of(k, p)
  }
  return { _tag: 'Normalised', group, size, advantages: advantages as Record<K, Float64Array>, outside }
}

/** One advantage a rollout for all tokens of the completion, whatever their process. */
export const everywhere = <K extends string>(raw: Raw<K>, values: Float64Array): Normalised<K> =>
  normalised(raw, processesOf(raw), () => values, values)
