import type fc from 'fast-check'
import type * as Flow from '../../flow/index.ts'
import { asyncPropertyLaw, type Law } from '../law.ts'

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

/** A property that every implementation of the flow room has, with its name; throws where it does not hold. */
export interface FlowProperty {
  readonly name: string
  readonly property: (flow: FlowRoom) => fc.IAsyncProperty<unknown>
}

/** A law of flow, of one room. */
export const flowLaw = ({ name, property }: FlowProperty, flow: FlowRoom): Law<'async'> =>
  asyncPropertyLaw(name, name, () => property(flow))

/** Fails a law, saying what was expected and what was seen. */
export const demand = (condition: boolean, message: () => string): void => {
  if (!condition) throw new Error(message())
}

export const same = (seen: unknown, expected: unknown, what: string): void =>
  demand(
    JSON.stringify(seen) === JSON.stringify(expected),
    () => `${what}: expected ${JSON.stringify(expected)}, saw ${JSON.stringify(seen)}`,
  )
