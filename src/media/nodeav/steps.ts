import { either as E } from 'fp-ts'
import { type Bounds, overdue } from '../bounds.ts'
import type { MediaFault } from '../types.ts'

/** One native call in both of node-av's forms. */
interface Call {
  readonly sync: () => number
  readonly async: () => Promise<number>
}

/** Native work written once: yields calls, receives their status codes. `finally` blocks run however it ends. */
export type Steps<A> = Generator<Call, E.Either<MediaFault, A>, number>

/** Runs steps on the calling thread: for work of a few milliseconds, where a thread switch a call would dominate. */
export const runSync = <A>(steps: Steps<A>, bounds: Bounds): E.Either<MediaFault, A> => {
  let code = 0
  for (;;) {
    const late = overdue(bounds)
    if (late !== undefined) {
      steps.return(E.left(late))
      return E.left(late)
    }
    const next = steps.next(code)
    if (next.done) return next.value
    code = next.value.sync()
  }
}

let before: Promise<unknown> = Promise.resolve()

/** Lets work that takes all cores wait until the work before it is done: decoders side by side only take turns. */
export const afterOthers = <A>(work: () => Promise<A>): Promise<A> => {
  const mine = before.then(work)
  before = mine.catch(() => undefined)
  return mine
}

/** Milliseconds that `runTurns` keeps the calling thread before others have their turn. */
const slice = 4

/**
 * Runs several steps on the calling thread, one call of each in turn, and lets the event loop run every few
 * milliseconds. For decoders with threads of their own: a call hands a packet over and comes back, so the threads of
 * one decoder work while another's turn lasts, and no call pays for a thread switch.
 */
export const runTurns = async <A>(
  all: readonly Steps<A>[],
  bounds: Bounds,
): Promise<readonly E.Either<MediaFault, A>[]> => {
  const ends: E.Either<MediaFault, A>[] = []
  let live = all.map(steps => ({ steps, code: 0 }))
  let pause = performance.now() + slice
  while (live.length > 0) {
    const late = overdue(bounds)
    if (late !== undefined) {
      for (const { steps } of live) steps.return(E.left(late))
      return [E.left(late)]
    }
    live = live.filter(turn => {
      const next = turn.steps.next(turn.code)
      if (next.done) ends.push(next.value)
      else turn.code = next.value.sync()
      return !next.done
    })
    if (performance.now() > pause) {
      await new Promise(setImmediate)
      pause = performance.now() + slice
    }
  }
  return ends
}

/** Runs steps on the thread pool, leaving the event loop free; several runs at once use several cores. */
export const runAsync = async <A>(steps: Steps<A>, bounds: Bounds): Promise<E.Either<MediaFault, A>> => {
  let code = 0
  for (;;) {
    const late = overdue(bounds)
    if (late !== undefined) {
      steps.return(E.left(late))
      return E.left(late)
    }
    const next = steps.next(code)
    if (next.done) return next.value
    code = await next.value.async()
  }
}
