import type { Fault } from '../../flow/index.ts'
import { isLasting } from '../../teacher/index.ts'

const rejections: ReadonlySet<string> = new Set(['OffTemplate', 'WrongAnswer', 'Insufficient'])
const losses: ReadonlySet<string> = new Set(['Unreachable', 'RateLimited', 'TimedOut'])
const ends: ReadonlySet<string> = new Set(['BadCache', 'NoDecoder', 'Cancelled'])

/**
 * What a fault means for the annotation: the chain was `rejected`; the record `failed`; the teacher was `lost`, which is no fault of
 * the record; or it stands for all to come, and everything must `stop`.
 */
export type Meaning = 'rejected' | 'failed' | 'lost' | 'stop'

/** What a fault of a stage means. */
export const meaningOf = (stage: string, wrong: Fault): Meaning =>
  rejections.has(wrong._tag)
    ? 'rejected'
    : ends.has(wrong._tag) || isLasting(wrong)
      ? 'stop'
      : losses.has(wrong._tag) && (stage === 'annotate' || stage === 'sufficiency')
        ? 'lost'
        : 'failed'
