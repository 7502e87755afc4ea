import { either as E, type taskEither as TE } from 'fp-ts'
import type { Records, VideoRecord } from '../dataset/index.ts'
import { type Fault, fault, fromItems, type Item, type StageError } from '../flow/index.ts'
import { consume, stopping } from '../run/index.ts'
import type { HasRecord } from '../stages/index.ts'
import { type EvaluateOptions, evaluate } from './evaluate.ts'
import type { HasOutput, HasScore } from './items.ts'
import { type Picking, type PickOptions, pickRecords } from './pick.ts'
import { failedOf, resultEntry } from './results/entry.ts'
import { faultMeaning, isAskedAgain } from './results/meaning.ts'
import type { EvaluationSession } from './results/session.ts'
import { writeResults } from './results/write-results.ts'
import type { Scores } from './scores/tally.ts'

/** How far an evaluation is. */
export interface EvaluationProgress {
  readonly done: number
  readonly total: number
  readonly failed: number
  /** Mean reward of what was answered by this process. */
  readonly mean: number | undefined
}

/** Records, who is evaluated, and where results go. */
export interface EvaluateRecordsOptions extends Omit<EvaluateOptions, 'order'>, PickOptions {
  readonly session: EvaluationSession
  /** Read twice: give a file's reader, not a stream. */
  readonly records: Records<VideoRecord>
  /** Fields of records that scores are broken down by, beside those that are known. */
  readonly by?: readonly string[]
  /** The share of questions that may fail, one in any case; 0.05 by default. */
  readonly tolerate?: number
  /** Aborted by Ctrl-C: nothing more is asked, and what is under way is waited for, `drainMs` at most. */
  readonly signal?: AbortSignal
  /** 30,000 by default. */
  readonly drainMs?: number
  /** Told after each question. */
  readonly progress?: (progress: EvaluationProgress) => void
}

/** What an evaluation came to. */
export interface Evaluated {
  readonly total: number
  readonly scores: Scores
  /** More questions failed than may; all results are written all the same. */
  readonly wrong: Fault | undefined
}

/** The share of questions that may fail where nothing is said. */
const usualTolerance = 0.05
/** Lost answers in a row after which whoever is asked counts as gone. */
const mostLost = 8
/** Questions that fail from the start on, with no answer, after which something is wrong with all of them. */
const mostAtStart = 25
/** Between two times that the journal is flushed to the disk. */
const flushMs = 5_000

const nothingCame = (failed: number, last: Fault): Fault =>
  fault(
    'TooManyFailures',
    `all of the first ${failed} questions failed; the last: ${last.cause}`,
    `${last.remedy} Check --root and the records, then go on with --resume.`,
  )

type Outcome = Item<HasRecord & HasOutput & HasScore>

/** Writes down what becomes of questions, and says when all must stop. */
const settling = (
  { session: { journal }, progress, tolerate = usualTolerance }: EvaluateRecordsOptions,
  picking: Picking<VideoRecord>,
  before: number,
) => {
  const places = new Map<string, number>()
  let [done, failed, rewards, answered, lost] = [before, 0, 0, 0, 0]
  const told = (): void =>
    progress?.({ done, failed, total: picking.total, mean: answered === 0 ? undefined : rewards / answered })
  const write = async (line: Parameters<typeof journal.append>[0]): Promise<E.Either<Fault, void>> => {
    const written = await journal.append(line)()
    if (E.isRight(written)) done++
    told()
    return written
  }
  const unread = (at: number, wrong: Fault): Promise<E.Either<Fault, void>> => {
    failed++
    const { _tag: tag, cause, remedy } = wrong
    return write({ at, failed: failedOf(`#${at}`, { stage: 'read', tag, cause, remedy }) })
  }
  const failure = async ({ item, stage, fault: wrong }: StageError): Promise<E.Either<Fault, void>> => {
    const meaning = faultMeaning(stage, wrong)
    if (meaning === 'stop') return E.left(wrong)
    const { _tag: tag, cause, remedy } = wrong
    const at = places.get(item)
    if (at === undefined) return E.left(wrong)
    places.delete(item)
    failed++
    lost = meaning === 'lost' ? lost + 1 : 0
    const again = isAskedAgain(stage, wrong) ? { again: true as const } : {}
    const written = await write({ at, failed: failedOf(item, { stage, tag, cause, remedy }), ...again })
    if (E.isLeft(written)) return written
    if (lost >= mostLost) return E.left(wrong)
    const isMany = failed >= mostAtStart && failed > tolerate * picking.total
    return answered === 0 && before === 0 && isMany ? E.left(nothingCame(failed, wrong)) : E.right(undefined)
  }
  const answer = async ({ record, output, score }: HasRecord & HasOutput & HasScore) => {
    const at = places.get(record.id)!
    places.delete(record.id)
    ;[answered, rewards, lost] = [answered + 1, rewards + score.reward, 0]
    return write({ at, result: { ...resultEntry(record, output, score) } })
  }
  return {
    begun: (id: string, at: number): void => void places.set(id, at),
    unread,
    settle: (outcome: Outcome) => (E.isRight(outcome) ? answer(outcome.right) : failure(outcome.left)),
    told,
  }
}

/** Asks all that is not done, and writes down each as it comes. */
const walk = async (options: EvaluateRecordsOptions, picking: Picking<VideoRecord>): Promise<E.Either<Fault, void>> => {
  const { session, signal = new AbortController().signal, drainMs = 30_000 } = options
  const { journal } = session
  const before = journal.done()
  const stop = stopping(signal, drainMs)
  const settled = settling(options, picking, before)
  settled.told()
  const source = {
    async *[Symbol.asyncIterator](): AsyncGenerator<Item<HasRecord>> {
      for await (const { at, read } of picking.records) {
        if (stop.why() !== undefined) return
        if (journal.isDone(at)) continue
        if (E.isLeft(read)) {
          const written = await settled.unread(at, read.left)
          if (E.isLeft(written)) return stop.stop(written.left)
          continue
        }
        settled.begun(read.right.id, at)
        yield E.right({ record: read.right })
      }
    },
  }
  let flushed = Date.now()
  const one = async (outcome: Outcome): Promise<void> => {
    const written = await settled.settle(outcome)
    if (E.isLeft(written)) stop.stop(written.left)
    if (Date.now() - flushed < flushMs) return
    flushed = Date.now()
    const synced = await journal.sync()
    if (E.isLeft(synced)) stop.stop(synced.left)
  }
  try {
    const asked = evaluate({ ...options, order: 'completion' })(fromItems(source))
    const handled = {
      item: (a: HasRecord & HasOutput & HasScore) => one(E.right(a)),
      failed: (e: StageError) => one(E.left(e)),
    }
    const consumed = await consume(asked, handled, stop.signal)()
    await journal.sync()
    const why = stop.why()
    return why !== undefined ? E.left(why) : E.isLeft(consumed) ? consumed : E.right(undefined)
  } finally {
    stop.dispose()
  }
}

const tooMany = ({ failed, reasons }: Scores, total: number, tolerate: number): Fault | undefined =>
  failed <= Math.max(1, tolerate * total)
    ? undefined
    : fault(
        'TooManyFailures',
        `${failed} of ${total} questions failed (${Object.entries(reasons)
          .map(([tag, count]) => `${tag} ${count}`)
          .join(', ')}), at most ${Math.floor(Math.max(1, tolerate * total))} may`,
        'results.json says why, under "failed". Mend it and go on with --resume, which asks nothing twice, or raise --tolerate.',
      )

/**
 * Evaluates a policy on the records of a file and writes results in Video-R1's layout. Each answer is written down as it comes, so that it
 * may be killed at any instant and goes on without asking anything that was answered; failures that asked nobody are tried again. Holds
 * `inFlight` questions, and a number for each record.
 *
 * Somebody who is gone ends it after eight lost answers in a row, a root that is not the right one after 25 failures with no answer. Left:
 * what ended it: `Cancelled`, `SpendLimit`, `NoKey`, `NoModel`, `NoSpace`, `Unreachable`, `TooManyFailures`, …; `NoRecords`, `NoFile`.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { mkdtemp, readFile } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { either as E, taskEither as TE } from 'fp-ts'
 * import { evaluateRecords, openEvaluation } from 'kinograd/evaluation'
 * import { orThrow } from 'kinograd/flow'
 *
 * const more = { problem: 'How many?', problemType: 'numerical', dataType: 'video', path: 'a.mp4', source: '', options: [] } as const
 * const records = { async *[Symbol.asyncIterator]() { yield E.right({ ...more, id: '1', answer: '3' }) } }
 * const session = orThrow(await openEvaluation({ out: await mkdtemp(`${tmpdir()}/eval-`), settings: {} })())
 * const policy = { name: 'always three', answer: () => TE.right('<answer>3</answer>') }
 * const { scores } = orThrow(await evaluateRecords({ session, records, policy })())
 * await session.close()
 * assert.equal(scores.accuracy?.value, 1)
 * assert(JSON.parse(await readFile(session.files.results, 'utf8')).results[0].correct)
 * ```
 */
export const evaluateRecords =
  (options: EvaluateRecordsOptions): TE.TaskEither<Fault, Evaluated> =>
  async () => {
    const { session, records, by = [], tolerate = usualTolerance } = options
    const picking = await pickRecords(records, options)
    if (E.isLeft(picking)) return picking
    const walked = await walk(options, picking.right)
    if (E.isLeft(walked)) return walked
    const { total } = picking.right
    const scores = await writeResults(session.files.results, session.journal.lines(), by)()
    return E.isLeft(scores)
      ? scores
      : E.right({ total, scores: scores.right, wrong: tooMany(scores.right, total, tolerate) })
  }
