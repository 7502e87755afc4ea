import { byProcess } from './by-process.ts'
import type { Groups } from './groups.ts'
import { processesOf, type Raw } from './raw.ts'

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

/** The advantages of one group: `advantagesOf` gives those of each process, `outside` those of tokens of none. */
export const normalised = <K extends string>(
  { group, size }: Raw<K>,
  processes: readonly K[],
  advantagesOf: (process: K, index: number) => Float64Array,
  outside: Float64Array,
): Normalised<K> => ({
  _tag: 'Normalised',
  group,
  size,
  advantages: byProcess(processes, advantagesOf),
  outside,
})

/** One advantage a rollout for all tokens of the completion, whatever their process. */
export const everywhere = <K extends string>(raw: Raw<K>, values: Float64Array): Normalised<K> =>
  normalised(raw, processesOf(raw), () => values, values)
