import { join } from 'node:path'
import { function as F, taskEither as TE } from 'fp-ts'
import { type Fault, onAbort } from '../../flow/index.ts'
import { claudeAccess } from '../claude-request.ts'
import { keptAnswers } from '../kept.ts'
import type { Spent } from '../spent.ts'
import type { Teacher, TeacherFault } from '../types.ts'
import { answersOf } from './answers.ts'
import { batchApi } from './api.ts'
import type { Asked, AskingAll, Told } from './asked.ts'
import { cancelAll } from './cancel.ts'
import { type Desk, desk } from './desk.ts'
import { type Exchange, exchange } from './exchange.ts'
import { history } from './history.ts'
import { type Journal, openJournal } from './journal.ts'
import { type BatchOptions, checkedBatch } from './options.ts'
import { parcelOf } from './parcel.ts'
import { wants } from './wants.ts'

/** What goes on at the server. */
export interface UnderWay {
  /** Names of batches whose results were not read; chunks of which it is not known whether they came have none. */
  readonly batches: readonly string[]
  readonly requests: number
}

/** A teacher that is asked in batches. */
export interface Batches {
  /**
   * One question at a time, for `annotator` and `judge`: an answer takes as long as its batch, so ask many at once, and
   * give a judge no time limit. Questions with frames are held until they are answered: for many, use `answers`.
   */
  readonly teacher: Teacher
  /**
   * Asks a long list and gives answers as they come, in any order; each question once, answered or with a fault. When
   * the signal fires, every question that waits is told so (`Cancelled`). Holds what the questions are about.
   */
  readonly answers: <A, F extends Fault = TeacherFault>(
    questions: AsyncIterable<Asked<A, F>> | Iterable<Asked<A, F>>,
    signal: AbortSignal,
    options?: AskingAll,
  ) => AsyncIterable<Told<A, F>>
  /** Sends what waits for a chunk to fill. */
  readonly flush: () => Promise<void>
  /** What was billed since the journal began, at the price of batches. */
  readonly spent: () => Spent
  readonly underWay: () => UnderWay
  /**
   * Asks the server to cancel what is under way; requests that are being worked on still finish, and are billed. Gives
   * the number of batches. Their results can be collected afterwards.
   */
  readonly cancel: () => TE.TaskEither<TeacherFault, number>
  /**
   * Waits for nobody any more and lets the journal go. A chunk that is being sent has `graceMs` (10,000 by default) to
   * arrive; after that the next process looks whether it did.
   */
  readonly close: (graceMs?: number) => Promise<void>
}

/**
 * Claude in message batches: half the price, an answer within a day, most within an hour. Questions are gathered into
 * chunks, each is written into a journal before it is sent, and after a lost answer the server's list tells whether it
 * came: nothing is paid for twice, whenever a process is killed. The same journal goes on: kept answers are given at
 * once, batches that run are waited for, the rest is sent. Equal questions are sent once. Answers are kept as
 * `cachedAnswers` keeps them, so that live and batched questions share a folder. Expired requests and failures of the
 * server are sent again, `rounds` times in all. Holds a key and a number a question, and two chunks of requests.
 *
 * Left: `NoKey`, and the journal's faults: `Locked`, `BadJournal`, `NoSpace`. Faults of answers are those of `claude`, and
 * `SpendLimit` for the budget, `NoBatch`, `Cancelled`; one that stands for all (`isLasting`), and a server that stays away
 * for `patienceMs`, end the sending. Throws a `Defect` for options that cannot be had.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { mkdtemp, rm } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { either as E } from 'fp-ts'
 * import { claudeBatches } from 'kinograd/teacher'
 *
 * const journal = await mkdtemp(join(tmpdir(), 'batches-'))
 * const opened = await claudeBatches({ model: 'claude-haiku-5-5', apiKey: 'sk-ant-example', journal, budget: 20 })()
 * assert(E.isRight(opened))
 * assert.deepEqual(opened.right.underWay(), { batches: [], requests: 0 })
 * await opened.right.close()
 * await rm(journal, { recursive: true })
 * ```
 */
export const claudeBatches = (options: BatchOptions): TE.TaskEither<TeacherFault, Batches> => {
  const settings = checkedBatch(options)
  return F.pipe(
    TE.fromEither(claudeAccess(options)),
    TE.flatMap(access =>
      F.pipe(
        openJournal(options.journal, { teacher: access.name, address: access.address }),
        TE.map(({ journal, entries }) => {
          const { name, hide, settings: answering } = access
          const closing = new AbortController()
          const api = batchApi(access, settings.times)
          const known = history(settings.price)
          for (const entry of entries) known.apply(entry)
          const reading = { name, hide, maxTokens: options.maxTokens ?? 2048 }
          const kept = keptAnswers(name, options.answers ?? join(options.journal, 'answers'))
          const shared = { name, api, reading, kept, history: known, wants: wants(), settings }
          const table = desk({ ...shared, openedAt: Date.now(), closing: closing.signal }, journal)
          const encode = parcelOf(name, options, settings.price, settings.limits.bytes)
          const questions = exchange(table, { name, settings: answering }, encode)
          const named = () => known.open().flatMap(({ batch }) => (batch === undefined ? [] : [batch]))
          return {
            teacher: { name, settings: answering, ask: asked(questions) },
            answers: answersOf(questions),
            flush: questions.flush,
            spent: known.spent,
            underWay: () => ({
              batches: named(),
              requests: known.open().reduce((sum, { keys }) => sum + keys.length, 0),
            }),
            cancel: () => () => cancelAll(table),
            close: closingOnce(table, questions, journal, () => closing.abort()),
          }
        }),
      ),
    ),
  )
}

/** Ends all that waits, gives a chunk under way some time, and lets the journal go; once, however often it is called. */
const closingOnce = ({ api }: Desk, { end }: Exchange, journal: Journal, abort: () => void): Batches['close'] => {
  let closed: Promise<void> | undefined
  const close = async (graceMs: number): Promise<void> => {
    const timer = setTimeout(api.close, graceMs)
    abort()
    await end()
    clearTimeout(timer)
    api.close()
    await journal.close()
  }
  return (graceMs = 10_000) => {
    closed ??= close(graceMs)
    return closed
  }
}

/** Asks one question, and leaves it when the signal fires. */
const asked =
  ({ submit }: Exchange): Teacher['ask'] =>
  (question, signal) =>
  async () => {
    const { answer, leave } = submit(() => TE.right(question))
    const forget = onAbort(signal, leave)
    if (signal.aborted) leave()
    try {
      return await answer
    } finally {
      forget()
    }
  }
