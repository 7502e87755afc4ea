import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { defect, type Fault, fault, type Item } from '../flow/index.ts'
import { keyOf, readResult, type Wire, writeTask } from './envelope.ts'
import { fitting, orEnd } from './faults.ts'
import type { StageWork } from './lifted.ts'
import { checkName } from './names.ts'
import { keysSeen } from './seen.ts'
import type { Transport } from './transport.ts'
import { type Waiter, type Waiters, waiters } from './waiters.ts'

/** One question to the workers. */
export interface Question {
  readonly input: Wire
  readonly item: string
  /** Asked for the first time, 0; or anew, as what came was of no use. */
  readonly round: number
  readonly signal: AbortSignal
}

/** A run whose stages are done by workers. Its name is held until `close`. */
export interface RemoteRun {
  readonly run: string
  readonly transport: Transport
  /** The outputs of a stage for one input. Rejects with a `Defect` for what ends the run. */
  readonly ask: (work: StageWork, question: Question) => Promise<E.Either<Fault, readonly Item<Wire>[]>>
  readonly close: () => Promise<void>
}

/** How a run asks its workers. */
export interface RemoteOptions {
  /** The run's name. No other process can hold it at the same time. */
  readonly run: string
  /** Items that all workers of a stage together hold at once. */
  readonly inFlight: number
  /** Seconds without any result after which the run ends, 3,600 by default: nobody serves its stages. */
  readonly patienceSeconds?: number
}

/** Milliseconds after which a result is looked for that was not told, and its task published again if it is not there. */
const again = 10_000
/** Milliseconds until a publisher who was refused tries again. */
const refused = 200

const noAnswer = (stage: string, seconds: number): Fault =>
  fault(
    'NoAnswer',
    `no result has come for ${seconds} s, while ${stage} was asked for`,
    `Start workers with the same configuration: kinograd worker --stage ${stage}. What was done is kept, and found by the next run.`,
  )

const over = fault('Closed', 'the run is closed', 'Close it when its stream has ended.')

/** What came of a question, and whether it was there before it was asked. */
interface Answer {
  readonly given: E.Either<Fault, readonly Item<Wire>[]>
  readonly old: boolean
}

/** How questions are asked: those who wait for results, when the last one came, and whether a result of a key may be there. */
interface Listening {
  readonly waiting: Waiters
  readonly lastHeard: () => number
  readonly mayBeThere: (key: string) => boolean
}

/**
 * Asks workers: looks for a result where there may be one, publishes the task, waits, and from time to time looks again. A task of which
 * no result can be there says so, that its worker need not look either.
 */
const asker = (
  transport: Transport,
  { run, inFlight, patienceSeconds = 3600 }: RemoteOptions,
  { waiting, lastHeard, mayBeThere }: Listening,
): RemoteRun['ask'] => {
  const opened = new Map<string, Promise<E.Either<Fault, void>>>()
  const openedOnce = (stage: string, version: string): Promise<E.Either<Fault, void>> => {
    const opening = opened.get(stage) ?? transport.open({ run, stage, version }, inFlight)()
    opened.set(stage, opening)
    return opening
  }
  const answer = async (work: StageWork, question: Question, waiter: Waiter, key: string): Promise<Answer> => {
    const to = { run, stage: work.name, version: work.version, key }
    const { input, item, signal } = question
    const began = Date.now()
    for (let [old, first] = [true, !mayBeThere(key)]; ; [old, first] = [false, false]) {
      const body = fitting(writeTask(first ? { item, input, first } : { item, input }))
      if (E.isLeft(body)) return { given: body, old: false }
      const kept = first ? E.right(undefined) : orEnd(await transport.find(to)())
      if (E.isLeft(kept)) return { given: kept, old }
      if (kept.right !== undefined) return { given: readResult(kept.right), old }
      const published = orEnd(await transport.publish('task', to, body.right)())
      if (E.isLeft(published) && published.left._tag !== 'Full') return { given: published, old }
      const told = await waiter.within(E.isLeft(published) ? refused : again)
      if (told === 'stopped') throw signal.reason
      if (told === 'time') {
        if (Date.now() - Math.max(began, lastHeard()) > patienceSeconds * 1000)
          throw defect(noAnswer(work.name, patienceSeconds))
      } else if ('fault' in told) throw defect(told.fault)
      else return { given: readResult(told.body), old: false }
    }
  }
  return async (work, question) => {
    const ready = orEnd(await openedOnce(work.name, work.version))
    if (E.isLeft(ready)) return ready
    for (let { round } = question; ; round += 1) {
      const key = keyOf(work.name, work.version, question.input, round)
      const waiter = waiting.add(key, question.signal)
      try {
        const { given, old } = await answer(work, question, waiter, key)
        // What failed in an earlier run is tried again.
        if (!old || E.isLeft(given) || given.right.every(E.isRight)) return given
      } finally {
        waiter.dispose()
      }
    }
  }
}

/**
 * Opens a run on the side that has the items: takes its name and listens to results. `remote` makes stages of it. Left: `BadName`;
 * `RunTaken`, another process has a run of that name; `Unreachable`.
 *
 * Nothing is computed twice that a run of the same name and version has computed: results are kept, and found by their key; what failed is
 * tried again. A process that was killed goes on where it stood when it is started again.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { inProcess, openRemote } from 'kinograd/transport'
 *
 * const transport = inProcess()
 * const first = await openRemote(transport, { run: 'demo', inFlight: 4 })()
 * const second = await openRemote(transport, { run: 'demo', inFlight: 4 })()
 * assert(E.isRight(first))
 * assert(E.isLeft(second) && second.left._tag === 'RunTaken')
 * await first.right.close()
 * ```
 */
export const openRemote = (transport: Transport, options: RemoteOptions): TE.TaskEither<Fault, RemoteRun> => {
  const { run } = options
  const waiting = waiters()
  const seen = keysSeen()
  let [lastHeard, fresh] = [Date.now(), false]
  // Noted in any case.
  const mayBeThere = (key: string): boolean => seen.note(key) || !fresh
  const ask = asker(transport, options, { waiting, lastHeard: () => lastHeard, mayBeThere })
  return F.pipe(
    TE.fromEither(checkName('run', run)),
    TE.flatMap(() => transport.claim(run)),
    TE.bindTo('claim'),
    TE.bind('untouched', () => transport.untouched(run)),
    TE.bind('unfollow', () =>
      transport.follow(
        run,
        ({ key, body }) => {
          lastHeard = Date.now()
          waiting.tell(key, body)
        },
        waiting.wake,
      ),
    ),
    TE.map(({ claim, untouched, unfollow }) => {
      fresh = untouched
      claim.lost.then(waiting.fail, () => {})
      const close = async (): Promise<void> => {
        waiting.fail(over)
        await unfollow()
        await claim.release()
      }
      return { run, transport, ask, close }
    }),
  )
}
