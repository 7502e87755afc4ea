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

/** Turns the rewards of a batch of groups into advantages, group by group in order. */
export type Normaliser<K extends string> = (batch: readonly Raw<K>[]) => readonly Normalised<K>[]

/** A normaliser for any set of processes. */
export type AnyNormaliser = <K extends string>(batch: readonly Raw<K>[]) => readonly Normalised<K>[]

/** Weight of a process's reward in a sum; 1 where none is given. */
export type Weights = Readonly<Record<string, number>>

export const processesOf = <K extends string>(raw: Raw<K>): readonly K[] => Object.keys(raw.rewards) as K[]

/** The weighted sum over processes; unscored as soon as one process is, because the sum is then not known. */
export const summed = <K extends string>(raw: Raw<K>, weights: Weights = {}): readonly Reward[] =>
  Array.from({ length: raw.size }, (_, i) =>
    processesOf(raw).reduce<Reward>((sum, k) => {
      const r = raw.rewards[k][i] ?? null
      return sum === null || r === null ? null : sum + (weights[k] ?? 1) * r
    }, 0),
  )

/** One advantage a rollout for all tokens of the completion, whatever their process. */
export const everywhere = <K extends string>(raw: Raw<K>, values: Float64Array): Normalised<K> => ({
  _tag: 'Normalised',
  group: raw.group,
  size: raw.size,
  advantages: Object.fromEntries(processesOf(raw).map(k => [k, values])) as Record<K, Float64Array>,
  outside: values,
})

/** Each process its own advantages, given by process for the whole batch. */
export const routed = <K extends string>(
  raw: Raw<K>,
  byProcess: readonly (readonly [K, readonly Float64Array[]])[],
  group: number,
  outside: Float64Array,
): Normalised<K> => {
  const advantages: Partial<Record<K, Float64Array>> = {}
  for (const [k, values] of byProcess) advantages[k] = values[group] as Float64Array
  return {
    _tag: 'Normalised',
    group: raw.group,
    size: raw.size,
    advantages: advantages as Record<K, Float64Array>,
    outside,
  }
}
