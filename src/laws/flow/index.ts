import { batching } from './batching.ts'
import { aliveIsTheBound, bytesAreTheBudget, pullsWhenFree, readersAreWaitedFor } from './bounds.ts'
import { nesting, sharing } from './deadlock.ts'
import type { Law } from './law.ts'
import {
  completionOrder,
  openedIsClosed,
  sourceErrorCloses,
  sourceOrder,
  takeCloses,
  unsubscribeCloses,
} from './outcomes.ts'
import { staleness } from './training.ts'

/** The laws of the flow room, each tried with random items, widths, failures and timings. */
export const flowLaws: readonly Law[] = [
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
export type { FlowRoom, Law } from './law.ts'
