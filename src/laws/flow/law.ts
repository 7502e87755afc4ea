import type * as Flow from '../../flow/index.ts'

/** What the laws are about: the flow room itself, or anything that claims to be the same. */
export type FlowRoom = Pick<
  typeof Flow,
  | 'gate'
  | 'within'
  | 'weigh'
  | 'items'
  | 'fromItems'
  | 'iterate'
  | 'feedback'
  | 'stage'
  | 'batch'
  | 'batchOf'
  | 'each'
  | 'unbatch'
>

/** A property that every implementation of the flow room has. */
export interface Law {
  readonly name: string
  /** Resolves when the property held in so many random runs; rejects with the smallest counterexample found. */
  readonly holds: (flow: FlowRoom, runs: number) => Promise<void>
}

/** Fails a law, saying what was expected and what was seen. */
export const demand = (condition: boolean, message: () => string): void => {
  if (!condition) throw new Error(message())
}

export const same = (seen: unknown, expected: unknown, what: string): void =>
  demand(
    JSON.stringify(seen) === JSON.stringify(expected),
    () => `${what}: expected ${JSON.stringify(expected)}, saw ${JSON.stringify(seen)}`,
  )
