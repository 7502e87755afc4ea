import type { Fault } from '../../flow/index.ts'
import { isLasting } from '../../teacher/index.ts'

const losses: ReadonlySet<string> = new Set(['Unreachable', 'RateLimited', 'TimedOut'])
const ends: ReadonlySet<string> = new Set(['BadCache', 'NoDecoder', 'Cancelled'])

/**
 * What a fault means for an evaluation: the question `failed`; whoever was asked was `lost`, which is no fault of the question; or it
 * stands for all to come, and everything must `stop`.
 */
export type FaultMeaning = 'failed' | 'lost' | 'stop'

/** Stages that ask somebody. */
const asking: ReadonlySet<string> = new Set(['policy', 'score'])

/** What a fault of a stage means. */
export const faultMeaning = (stage: string, wrong: Fault): FaultMeaning =>
  ends.has(wrong._tag) || isLasting(wrong) ? 'stop' : losses.has(wrong._tag) && asking.has(stage) ? 'lost' : 'failed'

/** Whether a failed question is asked again when the evaluation goes on: nobody answered it. */
export const isAskedAgain = (stage: string, wrong: Fault): boolean =>
  stage !== 'read' && (!asking.has(stage) || faultMeaning(stage, wrong) === 'lost')
