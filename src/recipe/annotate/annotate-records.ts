import { either as E, type taskEither as TE } from 'fp-ts'
import { type CotRecord, cotRecord, type Records, type VideoRecord } from '../../dataset/index.ts'
import { type Picked, type Picking, type PickOptions, pickRecords } from '../../evaluation/index.ts'
import { type Fault, fault, fromItems, type Item, type StageError, stageError } from '../../flow/index.ts'
import { consume, type Stopping, stopping } from '../../run/index.ts'
import type { HasRecord } from '../../stages/index.ts'
import { type ChainOptions, chainsOf } from './chains.ts'
import { judgementLine } from './judgement-line.ts'
import { meaningOf } from './meaning.ts'
import { recover } from './recover.ts'
import type { FailureLine } from './rows.ts'
import type { AnnotationSession } from './session.ts'
import { type Ended, mostFailed, openSettling, type Settling } from './settling.ts'
import type { AnnotationTally } from './tally.ts'
import { type Trace, type Traces, tracedAnnotator, tracedJudge, tracedRecall } from './traced.ts'
import { openWriting, type Writing } from './writing.ts'

/** Records, who writes and who judges, and where to. */
export interface AnnotateRecordsOptions extends ChainOptions, PickOptions {
  readonly session: AnnotationSession
  /** Read twice, and once more when it goes on: give a file's reader, not a stream. */
  readonly records: Records<VideoRecord>
  /** How a kept chain is published; `cotRecord` by default. */
  readonly encode?: (record: VideoRecord & CotRecord) => object
  /** The share of records that may fail, one record in any case; 0.05 by default. */
  readonly tolerate?: number
  /** Aborted by Ctrl-C: nothing more is asked, and what is under way is waited for, `drainMs` at most. */
  readonly signal?: AbortSignal
  /** 30,000 by default. */
  readonly drainMs?: number
  /** Told after each record. */
  readonly progress?: (tally: AnnotationTally, total: number) => void
}

/** What an annotation came to. */
export interface Annotated {
  readonly total: number
  readonly tally: AnnotationTally
  /** More records failed than may; all that was kept is written all the same. */
  readonly wrong: Fault | undefined
}

/** Between two times that the files are flushed to the disk. */
const flushMs = 5_000

interface Walking {
  readonly settling: Settling
  readonly writing: Writing
  readonly stop: Stopping
  readonly traces: Traces
  readonly options: AnnotateRecordsOptions
}

const failureLine = (
  picked: Picked<VideoRecord>,
  { stage, item, fault: why }: StageError,
  trace: Trace,
): FailureLine => ({
  at: picked.at,
  id: E.isRight(picked.read) ? picked.read.right.id : item,
  ...{ stage, tag: why._tag, cause: why.cause, remedy: why.remedy },
  ending: meaningOf(stage, why) === 'rejected' ? 'rejected' : 'failed',
  ...(E.isRight(picked.read)
    ? { data_type: picked.read.right.dataType, problem_type: picked.read.right.problemType }
    : {}),
  ...(trace.chain === undefined ? {} : { output: trace.chain }),
})

/** What became of a record, as it is written and counted. */
const endedOf = (
  picked: Picked<VideoRecord>,
  outcome: Item<VideoRecord & CotRecord>,
  { traces, options: { judge, encode = cotRecord.encode } }: Pick<Walking, 'traces' | 'options'>,
): Ended => {
  const record = E.isRight(picked.read) ? picked.read.right : undefined
  const trace = record === undefined ? {} : (traces.get(record) ?? {})
  const kind = record === undefined ? undefined : { dataType: record.dataType, problemType: record.problemType }
  const judgement = record === undefined ? undefined : judgementLine(picked.at, record, judge.name, trace)
  if (E.isRight(outcome))
    return {
      written: { outcome: { chain: encode(outcome.right) }, judgement },
      fate: { kind, endedAt: undefined, tag: undefined, failed: false },
      ...{ meaning: 'kept', fault: undefined },
    }
  const failure = failureLine(picked, outcome.left, trace)
  return {
    written: { outcome: { failure }, judgement },
    fate: { kind, endedAt: failure.stage, tag: failure.tag, failed: failure.ending === 'failed' },
    ...{ meaning: meaningOf(failure.stage, outcome.left.fault), fault: outcome.left.fault },
  }
}

/** Takes records through the three steps, in their order, until they end or something stops it. */
const walk = async (picking: Picking<VideoRecord>, done: number, walking: Walking): Promise<E.Either<Fault, void>> => {
  const { settling, writing, stop, traces, options } = walking
  const underWay: Picked<VideoRecord>[] = []
  const source = {
    async *[Symbol.asyncIterator](): AsyncGenerator<Item<HasRecord>> {
      let nth = 0
      for await (const picked of picking.records) {
        if (nth++ < done) continue
        if (stop.why() !== undefined) return
        underWay.push(picked)
        yield E.bimap(
          (wrong: Fault) => stageError('read', `#${picked.at}`, wrong),
          (record: VideoRecord) => ({ record }),
        )(picked.read)
      }
    },
  }
  let flushed = Date.now()
  const one = async (outcome: Item<VideoRecord & CotRecord>): Promise<void> => {
    const picked = underWay.shift()!
    // What comes after a stop is kept by the caches of the teachers, and found there when the annotation goes on.
    if (stop.why() !== undefined) return
    const settled = await settling.settle(endedOf(picked, outcome, { traces, options }))
    if (E.isLeft(settled)) return stop.stop(settled.left)
    if (Date.now() - flushed < flushMs) return
    flushed = Date.now()
    const synced = await writing.sync()
    if (E.isLeft(synced)) stop.stop(synced.left)
  }
  const asking = { stopping: stop, traces, folder: options.session.files.work, inFlight: options.inFlight ?? 8 }
  const chains = chainsOf({
    ...options,
    annotator: tracedAnnotator(options.annotator, asking),
    judge: tracedJudge(options.judge, asking),
    ...(options.recalled === undefined ? {} : { recalled: tracedRecall(options.recalled, traces) }),
  })
  const consumed = await consume(
    chains(fromItems(source)),
    { item: record => one(E.right(record)), failed: error => one(E.left(error)) },
    stop.signal,
  )()
  const why = stop.why()
  if (why !== undefined) return E.left(why)
  return E.isLeft(consumed) ? consumed : settling.finish()
}

const tooMany = ({ failed, all }: AnnotationTally, tolerate: number): Fault | undefined =>
  failed <= mostFailed(tolerate, all.records)
    ? undefined
    : fault(
        'TooManyFailures',
        `${failed} of ${all.records} records failed, at most ${Math.floor(mostFailed(tolerate, all.records))} may`,
        'Look at the failures; mend what fails and begin again with --again, which pays for nothing twice, or raise --tolerate.',
      )

/**
 * Annotates records: a teacher writes chains, a verifier and a judge sort out, and what is left is written line by line in the
 * order of the records, with the failures and judgements beside it (arXiv 2511.11113, section 3.2). It goes on where the files of
 * the session end, so that it may be killed at any instant; answers outlive it where the teachers have a cache
 * (`cachedAnswers(…, session.files.answers)`). Holds `inFlight` records.
 *
 * A teacher that is gone ends it after eight lost questions in a row, a root that is not the right one after 25 failures with no
 * success: those records are not counted as done. Left: what ended it: `Cancelled`, `SpendLimit`, `NoKey`, `NoModel`, `NoSpace`,
 * `Unreachable`, `TooManyFailures`, …; `NoRecords`, and the faults of a file that breaks off, before anything is asked.
 */
export const annotateRecords =
  (options: AnnotateRecordsOptions): TE.TaskEither<Fault, Annotated> =>
  async () => {
    const { session, records, signal = new AbortController().signal, drainMs = 30_000, tolerate = 0.05 } = options
    const picking = await pickRecords(records, options)
    if (E.isLeft(picking)) return picking
    const { total } = picking.right
    const recovered = await recover(session.files, picking.right.records)()
    if (E.isLeft(recovered)) return recovered
    const { done, tally } = recovered.right
    const writing = await openWriting(session.files, recovered.right)()
    if (E.isLeft(writing)) return writing
    const stop = stopping(signal, drainMs)
    const settling = openSettling(writing.right, tally, total, tolerate)
    const told: Settling = {
      ...settling,
      settle: async ended => {
        const settled = await settling.settle(ended)
        options.progress?.(tally.now(), total)
        return settled
      },
    }
    options.progress?.(tally.now(), total)
    try {
      const walked = await walk(picking.right, done, {
        ...{ settling: told, writing: writing.right, stop, options },
        traces: new WeakMap(),
      })
      if (E.isLeft(walked)) {
        await settling.suspend()
        await writing.right.sync()
        return walked
      }
      const synced = await writing.right.sync()
      return E.isLeft(synced) ? synced : E.right({ total, tally: tally.now(), wrong: tooMany(tally.now(), tolerate) })
    } finally {
      stop.dispose()
      await writing.right.close()
    }
  }
