import { type Fault, fault } from '../../flow/index.ts'

const isNoSpace = ({ _tag, cause }: Fault): boolean => _tag === 'BadCache' && /ENOSPC|EDQUOT/.test(cause)

const rejections: ReadonlySet<string> = new Set(['OffTemplate', 'WrongAnswer', 'Insufficient'])
const losses: ReadonlySet<string> = new Set(['Unreachable', 'RateLimited', 'TimedOut'])
const lasting: ReadonlySet<string> = new Set([
  'NoKey',
  'NoModel',
  'SpendLimit',
  'BadCache',
  'NoSpace',
  'NoDecoder',
  'Cancelled',
])

/**
 * What a fault means for the annotation: the chain was `rejected`; the record `failed`; the teacher was `lost`, which is no fault of
 * the record; or it stands for all to come, and everything must `stop`.
 */
export type Meaning = 'rejected' | 'failed' | 'lost' | 'stop'

/** What a fault of a stage means. */
export const meaningOf = (stage: string, { _tag }: Fault): Meaning =>
  rejections.has(_tag)
    ? 'rejected'
    : lasting.has(_tag)
      ? 'stop'
      : losses.has(_tag) && (stage === 'annotate' || stage === 'sufficiency')
        ? 'lost'
        : 'failed'

/** A cache that cannot be written because the disk is full is told as a full disk. */
export const asTold = (wrong: Fault): Fault =>
  isNoSpace(wrong)
    ? fault(
        'NoSpace',
        `no room for more answers: ${wrong.cause}`,
        'Free some space, then go on with --resume; what was paid for is kept.',
      )
    : wrong
