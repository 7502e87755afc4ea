import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { defect, type Fault, fault, type Item } from '../flow/index.ts'
import { keyOf, readResult, type Wire, writeTask } from './envelope.ts'
import { fitting } from './faults.ts'
import type { StageWork } from './lifted.ts'
import { checkName } from './names.ts'
import type { Transport } from './transport.ts'
import { type Waiter, waiters } from './waiters.ts'

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

/** Faults that are not of one item. */
const ends: ReadonlySet<string> = new Set(['Unreachable', 'RunTaken', 'Closed', 'Refused'])

/** A value, `undefined` for what is to be tried again; what ends the run is thrown. */
const orEnd = <A>(given: E.Either<Fault, A>): E.Either<Fault, A> => {
  if (E.isLeft(given) && ends.has(given.left._tag)) throw defect(given.left)
  return given
}

/**
 * Opens a run on the side that has the items: takes its name and listens to results. `remote` makes stages of it. Left: `BadName`;
 * `RunTaken`, another process has a run of that name; `Unreachable`.
 *
 * Nothing is computed twice that a run of the same name and version has computed: results are kept, and found by their key. A process that
 * was killed goes on where it stood when it is started again.
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
  const { run, inFlight, patienceSeconds = 3600 } = options
  const waiting = waiters()
  const opened = new Map<string, Promise<E.Either<Fault, void>>>()
  let lastHeard = Date.now()
  const openedOnce = (stage: string, version: string): Promise<E.Either<Fault, void>> => {
    const opening = opened.get(stage) ?? transport.open({ run, stage, version }, inFlight)()
    opened.set(stage, opening)
    return opening
  }
  const answer = async (work: StageWork, { input, item, signal }: Question, waiter: Waiter, key: string) => {
    const to = { run, stage: work.name, version: work.version, key }
    const body = fitting(writeTask({ item, input }))
    if (E.isLeft(body)) return body
    const began = Date.now()
    for (;;) {
      const kept = orEnd(await transport.find(to)())
      if (E.isLeft(kept)) return kept
      if (kept.right !== undefined) return readResult(kept.right)
      const published = orEnd(await transport.publish('task', to, body.right)())
      if (E.isLeft(published) && published.left._tag !== 'Full') return published
      const told = await waiter.within(E.isLeft(published) ? refused : again)
      if (told === 'stopped') throw signal.reason
      if (told === 'time') {
        if (Date.now() - Math.max(began, lastHeard) > patienceSeconds * 1000)
          throw defect(noAnswer(work.name, patienceSeconds))
      } else if ('fault' in told) throw defect(told.fault)
      else return readResult(told.body)
    }
  }
  const ask = async (work: StageWork, question: Question): Promise<E.Either<Fault, readonly Item<Wire>[]>> => {
    const ready = orEnd(await openedOnce(work.name, work.version))
    if (E.isLeft(ready)) return ready
    const key = keyOf(work.name, work.version, question.input, question.round)
    const waiter = waiting.add(key, question.signal)
    try {
      return await answer(work, question, waiter, key)
    } finally {
      waiter.dispose()
    }
  }
  return F.pipe(
    TE.fromEither(checkName('run', run)),
    TE.flatMap(() => transport.claim(run)),
    TE.bindTo('claim'),
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
    TE.map(({ claim, unfollow }) => {
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
