import { either as E } from 'fp-ts'
import { type Fault, fault } from '../../flow/index.ts'
import type { Meaning } from './meaning.ts'
import type { FailureLine } from './rows.ts'
import type { Counting, Fate } from './tally.ts'
import type { Writing, Written } from './writing.ts'

/** What became of a record, before it is known whether that is final. */
export interface Ended {
  readonly written: Written
  readonly fate: Fate
  readonly meaning: Meaning | 'kept'
  /** What ended it; undefined for a kept chain. */
  readonly fault: Fault | undefined
}

/** Lost questions in a row after which a teacher counts as gone. */
const mostLost = 8
/** Records that fail from the start on after which something is wrong with all of them. */
const mostAtStart = 25

/** Decides what is final. A teacher that is gone, or a folder that is not the right one, must not become failures of records. */
export interface Settling {
  /** Left: the annotation must stop. */
  readonly settle: (ended: Ended) => Promise<E.Either<Fault, void>>
  /** All records were seen: writes what waited. Left: too much of it failed to be final. */
  readonly finish: () => Promise<E.Either<Fault, void>>
  /** Writes what waited as pending: it is shown, and asked again when the annotation goes on. */
  readonly suspend: () => Promise<void>
}

/** More records than that may not fail: a share of all, and one in any case. */
export const mostFailed = (tolerate: number, records: number): number => Math.max(1, tolerate * records)

const nothingCame = (failed: number, last: Fault): Fault =>
  fault(
    'TooManyFailures',
    `all of the first ${failed} records failed; the last: ${last.cause}`,
    `${last.remedy} Check --root and the records, then go on with --resume.`,
  )

const asFailure = ({ written: { outcome } }: Ended): FailureLine | undefined =>
  'failure' in outcome ? outcome.failure : undefined

/** Settles records in their order; `tally` counts what is final, records of earlier processes included. */
export const openSettling = (writing: Writing, tally: Counting, total: number, tolerate: number): Settling => {
  const waiting: Ended[] = []
  const isLost = ({ meaning }: Ended) => meaning === 'lost'
  const came = (): boolean => tally.now().all.records > tally.now().failed
  const write = async ({ written, fate }: Ended): Promise<E.Either<Fault, void>> => {
    const done = await writing.record(written)()
    if (E.isRight(done)) tally.note(fate)
    return done
  }
  const flush = async (): Promise<E.Either<Fault, void>> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const done = await write(next)
      if (E.isLeft(done)) return done
    }
    return E.right(undefined)
  }
  return {
    settle: async ended => {
      if (ended.meaning === 'stop') return E.left(ended.fault!)
      if (ended.meaning === 'kept' || ended.meaning === 'rejected') {
        const flushed = await flush()
        return E.isLeft(flushed) ? flushed : write(ended)
      }
      const final = ended.meaning === 'failed' && waiting.length === 0 && came()
      if (final) return write(ended)
      waiting.push(ended)
      if (waiting.filter(isLost).length >= mostLost) return E.left(waiting.findLast(isLost)!.fault!)
      return !came() && waiting.length >= mostAtStart
        ? E.left(nothingCame(waiting.length, ended.fault!))
        : E.right(undefined)
    },
    finish: async () => {
      const last = waiting.at(-1)
      if (last === undefined) return E.right(undefined)
      const lost = waiting.findLast(isLost)
      const failed = tally.now().failed + waiting.length
      if (lost !== undefined && failed > mostFailed(tolerate, total)) return E.left(lost.fault!)
      return came() ? flush() : E.left(lost?.fault ?? nothingCame(waiting.length, last.fault!))
    },
    suspend: async () => {
      for (const ended of waiting) {
        const failure = asFailure(ended)
        if (failure !== undefined)
          await writing.record({ outcome: { failure: { ...failure, pending: true } }, judgement: undefined })()
      }
    },
  }
}
