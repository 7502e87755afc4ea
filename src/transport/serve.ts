import { either as E, taskEither as TE } from 'fp-ts'
import { type Fault, fault, gate, isDefect, iterate, messageOf, stage, within } from '../flow/index.ts'
import type { StageWork } from './lifted.ts'
import { type Outcome, type Performing, perform } from './perform.ts'
import type { Delivery, Transport } from './transport.ts'

/** What a worker does, and for whom. */
export interface ServeOptions {
  readonly run: string
  readonly stages: readonly StageWork[]
  /** Tasks of each stage that this worker has at once; 1 by default. */
  readonly inFlight?: number
  /** So often a task is handed out before it is a dead letter; 8 by default. */
  readonly deliveries?: number
  /** Milliseconds that `close` leaves to what is under way; 30,000 by default. */
  readonly drainMs?: number
  /** Told what the worker waits for, and why a task became a dead letter. */
  readonly told?: (words: string) => void
}

/** A worker at work. */
export interface Serving {
  /** How many tasks came to what, so far. */
  readonly counts: () => Readonly<Record<Outcome, number>>
  /** Settles when it has ended: by `close`, or with the fault that ended it. */
  readonly ended: Promise<E.Either<Fault, void>>
  /** Takes no more, lets what is under way come to its end, and gives back what does not. */
  readonly close: () => Promise<E.Either<Fault, void>>
}

const faultOf = (error: unknown): Fault =>
  isDefect(error)
    ? error.fault
    : fault('Thrown', `threw ${messageOf(error)}`, 'This is a bug of kinograd; please report it.')

const count = (): Record<Outcome, number> => ({ done: 0, known: 0, dead: 0, back: 0 })

/** One stage's loop: tasks are asked for only when there is room for them. */
const serveOne = async (
  performing: Performing,
  { inFlight = 1, told = () => {} }: ServeOptions,
  [intake, under]: readonly [AbortSignal, AbortSignal],
  counted: (outcome: Outcome, key: string) => void,
): Promise<void> => {
  const { transport, run, work } = performing
  const queue = { run, stage: work.name, version: work.version }
  const doing = stage.fromTaskEither({ name: work.name, item: ({ key }: Delivery) => key }, (delivery, signal) =>
    TE.rightTask(async () => {
      const outcome = await perform(performing, delivery, signal)
      counted(outcome, delivery.key)
      return outcome
    }),
  )
  const scope = within(gate({ name: work.name, inFlight }), doing, { order: 'completion' })
  for await (const one of iterate(scope(transport.consume(queue, intake, told)), under))
    if (E.isLeft(one)) told(`${one.left.item}: ${one.left.fault.cause}`)
}

/**
 * Works for a run: takes tasks of its stages as long as there are any, and waits for more. It may be started before the run, beside any
 * number of others, and be killed at any time: what it had goes to another after the transport's `waitMs`. Each stage has a loop of its
 * own, which takes a task only when it has room.
 *
 * A task whose message cannot be read, or that was handed out more than `deliveries` times, is a dead letter: it is put aside, and its
 * item fails (`DeadLetter`). Ends with a `Left` where the server stays away (`Unreachable`).
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { inProcess, serve } from 'kinograd/transport'
 *
 * const hello = { name: 'hello', version: '1', work: async () => [E.right('hello')] }
 * const worker = serve(inProcess(), { run: 'demo', stages: [hello] })
 * assert.deepEqual(await worker.close(), E.right(undefined))
 * assert.deepEqual(worker.counts(), { done: 0, known: 0, dead: 0, back: 0 })
 * ```
 */
export const serve = (transport: Transport, options: ServeOptions): Serving => {
  const { run, stages, deliveries = 8, drainMs = 30_000, told = () => {} } = options
  const [intake, under] = [new AbortController(), new AbortController()]
  const counts = count()
  const counted = (outcome: Outcome, key: string): void => {
    counts[outcome] += 1
    if (outcome === 'dead') told(`a dead letter: ${key}`)
  }
  const loops = stages.map(async work => {
    try {
      await serveOne({ transport, run, work, deliveries }, options, [intake.signal, under.signal], counted)
    } catch (error) {
      under.abort()
      intake.abort()
      throw error
    }
  })
  const ended = Promise.all(loops).then(
    () => E.right(undefined),
    error => E.left(faultOf(error)),
  )
  const close = async (): Promise<E.Either<Fault, void>> => {
    intake.abort()
    const late = setTimeout(() => under.abort(), drainMs)
    const end = await ended
    clearTimeout(late)
    return end
  }
  return { counts: () => ({ ...counts }), ended, close }
}
