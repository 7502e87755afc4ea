import { either as E, type taskEither as TE } from 'fp-ts'
import { onAbort } from './on-abort.ts'

/** Who asks for a call, and what they get where their own signal aborts before it has ended. */
export interface Caller<F> {
  readonly signal?: AbortSignal | undefined
  readonly cancelled: F
}

/** What a call gave, and whether it was under way already when it was asked for. */
export interface Landed<A> {
  readonly value: A
  readonly joined: boolean
}

/** Makes a call under a key, or joins the one that is under way. */
export type SingleFlight<F, A> = (
  key: string,
  call: (signal: AbortSignal) => TE.TaskEither<F, A>,
  caller: Caller<F>,
) => TE.TaskEither<F, Landed<A>>

/** A call under way: what it will give, how to stop it, and how many wait for it. */
interface Flight<F, A> {
  readonly end: Promise<E.Either<F, A>>
  readonly stop: () => void
  waiting: number
}

/**
 * Makes what has the same key once for all who ask for it at the same time; all get what it gives, be it a failure, and who asks later
 * makes it anew. Who aborts leaves the others to it; the call's own signal aborts when all have left. Holds what is under way. Named after
 * Go's `golang.org/x/sync/singleflight`.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { taskEither as TE } from 'fp-ts'
 * import { fault, singleFlight, type Fault } from 'kinograd/flow'
 *
 * let calls = 0
 * const flights = singleFlight<Fault, number>()
 * const cancelled = fault('Cancelled', 'counting was cancelled', 'Ask again.')
 * const count = flights('count', () => TE.fromIO(() => ++calls), { cancelled })
 * const both = await Promise.all([count(), count()])
 * assert.deepEqual(both.map(one => one._tag === 'Right' && one.right), [
 *   { value: 1, joined: false },
 *   { value: 1, joined: true },
 * ])
 * ```
 */
export const singleFlight = <F, A>(): SingleFlight<F, A> => {
  const flights = new Map<string, Flight<F, A>>()
  const begin = (key: string, call: (signal: AbortSignal) => TE.TaskEither<F, A>): Flight<F, A> => {
    const controller = new AbortController()
    const land = () => {
      if (flights.get(key) === flight) flights.delete(key)
    }
    const stop = () => {
      land()
      controller.abort()
    }
    const flight: Flight<F, A> = { end: call(controller.signal)().finally(land), stop, waiting: 0 }
    flights.set(key, flight)
    return flight
  }
  return (key, call, { signal, cancelled }) =>
    () => {
      if (signal?.aborted) return Promise.resolve(E.left(cancelled))
      const before = flights.get(key)
      const flight = before ?? begin(key, call)
      flight.waiting++
      return new Promise((resolve, reject) => {
        const leave = () => {
          if (--flight.waiting === 0) flight.stop()
          resolve(E.left(cancelled))
        }
        const landed = E.map((value: A): Landed<A> => ({ value, joined: before !== undefined }))
        flight.end
          .finally(signal === undefined ? undefined : onAbort(signal, leave))
          .then(end => resolve(landed(end)), reject)
      })
    }
}
