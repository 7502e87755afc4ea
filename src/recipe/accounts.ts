import { either as E } from 'fp-ts'
import * as t from 'io-ts'
import { type Fault, fault, report, type StageError } from '../flow/index.ts'
import type { Run } from '../run/index.ts'

/** How many records of a phase came through and how many failed: kept with its savepoints. */
export const counted = t.readonly(t.type({ done: t.number, failed: t.number }), 'counts of records')
/** How many records came through and how many failed. */
export type Counted = t.TypeOf<typeof counted>

/** Keeps account of the records of a phase: every one is counted, every failure is written down, too many end the phase. */
export interface Accounts {
  readonly done: (records: number) => void
  /**
   * Writes a failure to failures.jsonl and counts it, for one record or for all of a batch; its time is now unless given. Left:
   * `TooManyFailures`, as soon as that is certain.
   */
  readonly failed: (error: StageError, records?: number, time?: number) => Promise<E.Either<Fault, void>>
  readonly counts: () => Counted
  /** What the phase comes to, now that all its records have been seen. Left: `TooManyFailures`. */
  readonly settle: () => E.Either<Fault, void>
}

const percent = (share: number): string => `${Number((100 * share).toFixed(1))} %`

const tooMany = (phase: string, { done, failed }: Counted, tolerate: number, last: string): Fault =>
  fault(
    'TooManyFailures',
    `${phase}: ${failed} of ${done + failed} records failed (${percent(failed / (done + failed))}), at most ${percent(tolerate)} may; the last: ${last}`,
    'failures.jsonl has all of them. Mend what fails and --resume, or --resume with a higher --tolerate.',
  )

/** Opens the accounts of a phase that will see `total` records, or goes on with those of a savepoint. */
export const accounts = (
  run: Pick<Run, 'failure'>,
  { phase, total, tolerate, kept }: { phase: string; total: number; tolerate: number; kept?: Counted | undefined },
): Accounts => {
  let { done, failed } = kept ?? { done: 0, failed: 0 }
  let last = 'before the run was resumed'
  const verdict = (of: number): E.Either<Fault, void> =>
    failed > tolerate * of ? E.left(tooMany(phase, { done, failed }, tolerate, last)) : E.right(undefined)
  return {
    done: records => {
      done += records
    },
    failed: async (error, records = 1, time) => {
      const { item, stage, fault: why } = error
      const written = await run.failure({
        ...(time === undefined ? {} : { time }),
        phase,
        item,
        stage,
        tag: why._tag,
        cause: why.cause,
        remedy: why.remedy,
      })()
      if (E.isLeft(written)) return written
      failed += records
      last = report(error)
      return verdict(Math.max(total, done + failed))
    },
    counts: () => ({ done, failed }),
    settle: () => verdict(done + failed),
  }
}
