import * as room from '../../flow/index.ts'
import type { Law } from '../law.ts'
import { batching } from './batching.ts'
import { aliveIsTheBound, bytesAreTheBudget, pullsWhenFree, readersAreWaitedFor } from './bounds.ts'
import { nesting, sharing } from './deadlock.ts'
import { type FlowProperty, type FlowRoom, flowLaw } from './law.ts'
import {
  completionOrder,
  openedIsClosed,
  sourceErrorCloses,
  sourceOrder,
  takeCloses,
  unsubscribeCloses,
} from './outcomes.ts'
import { staleness } from './training.ts'

const properties: readonly FlowProperty[] = [
  aliveIsTheBound,
  bytesAreTheBudget,
  pullsWhenFree,
  readersAreWaitedFor,
  openedIsClosed,
  sourceOrder,
  completionOrder,
  takeCloses,
  unsubscribeCloses,
  sourceErrorCloses,
  sharing,
  nesting,
  batching,
  staleness,
]

/**
 * The laws of anything that claims to be the flow room, each tried with random items, widths, failures and timings.
 * They are asynchronous: wait for `assert`, or use `brokenAsyncLaws`.
 */
export const flowLawsOf = (flow: FlowRoom): readonly Law<'async'>[] =>
  properties.map(property => flowLaw(property, flow))

/** The laws of `kinograd/flow` itself. */
export const flowLaws: readonly Law<'async'>[] = flowLawsOf(room)

export type { FlowRoom } from './law.ts'
