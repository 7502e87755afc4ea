import * as t from 'io-ts'
import { armSummary, policySummary } from './summary.ts'

/** One policy of the study: which arm, rate and RL seed, what it reached, and how it got there. */
export const cell = t.type({ arm: t.string, rate: t.number, rlSeed: t.number, policy: policySummary, run: armSummary })
export type Cell = t.TypeOf<typeof cell>
