import { either as E, type taskEither as TE } from 'fp-ts'
import type { MediaFault } from './types.ts'

/** A call whose answer is shared by all who ask under its key while it is under way. */
export type Shared<A> = (
  key: string,
  ask: TE.TaskEither<MediaFault, A>,
  signal?: AbortSignal,
) => TE.TaskEither<MediaFault, A>

/** What a call gives, or nothing as soon as the signal aborts. */
const endOf = <A>(call: Promise<A>, signal: AbortSignal | undefined): Promise<A | undefined> =>
  new Promise((resolve, reject) => {
    const leave = () => resolve(undefined)
    signal?.addEventListener('abort', leave, { once: true })
    call.then(resolve, reject).finally(() => signal?.removeEventListener('abort', leave))
  })

/**
 * Makes a call of each key once at a time: who asks while it is under way gets its answer, be it a failure. A call that was cancelled
 * by who began it is begun anew by one of those who wait; whose own signal aborts waits no longer and asks for itself, which ends as
 * cancelled. Named after Go's `golang.org/x/sync/singleflight`.
 */
export const singleFlight = <A>(): Shared<A> => {
  const flights = new Map<string, Promise<E.Either<MediaFault, A>>>()
  return (key, ask, signal) => async () => {
    for (let other = flights.get(key); other !== undefined; other = flights.get(key)) {
      if (signal?.aborted) return ask()
      const answer = await endOf(other, signal)
      if (answer !== undefined && !(E.isLeft(answer) && answer.left._tag === 'Cancelled')) return answer
    }
    const flight = ask()
    flights.set(key, flight)
    try {
      return await flight
    } finally {
      flights.delete(key)
    }
  }
}
