import { either as E } from 'fp-ts'
import type { EngineFault } from '../engine.ts'
import { cancellations } from './cancellations.ts'
import { cancelled, thrown } from './files/faults.ts'

/** What a turn does. Its signal is aborted, with the fault that it is to end with, when the turn is cancelled on the way. */
type Work<A> = (signal: AbortSignal) => E.Either<EngineFault, A> | Promise<E.Either<EngineFault, A>>

/** When a turn may begin, and whether it still should. */
interface TurnOptions {
  /** Cancels: what waits leaves the queue at once, what has begun sees it in its own signal. */
  readonly signal?: AbortSignal | undefined
  /** What must be over before the turn begins, besides the turns before it; asked again when it is over. */
  readonly after?: () => Promise<unknown> | undefined
}

/** Work that is done one after the other, in the order in which it was asked for. */
export interface Turns {
  /** The result of the work when its turn has come. Never rejects: what the work throws is a `Left`. */
  readonly take: <A>(work: Work<A>, options?: TurnOptions) => Promise<E.Either<EngineFault, A>>
  /** Ends all turns with a fault, now and from now on. `free` runs once, as soon as no turn is on its way: now where none is. */
  readonly close: (fault: EngineFault, free: () => void) => void
}

interface Turn {
  readonly end: AbortController
  readonly after: () => Promise<unknown> | undefined
  readonly run: () => Promise<void>
}

/** Runs work, or gives the fault that its signal was aborted with. */
const outcomeOf = async <A>(work: Work<A>, signal: AbortSignal): Promise<E.Either<EngineFault, A>> => {
  // Kernels run on this thread and promises alone never leave it: let timers, files and Ctrl-C have their turn.
  await new Promise(resolve => setImmediate(resolve))
  try {
    signal.throwIfAborted()
    return await work(signal)
  } catch (error) {
    return E.left(signal.aborted ? (signal.reason as EngineFault) : thrown(error))
  }
}

/** A queue of its own. It holds what was asked for and has not begun: as much as callers do not wait for. */
export const turns = (): Turns => {
  const waiting: Turn[] = []
  const cancels = cancellations()
  let running: Turn | undefined
  let closed: { readonly fault: EngineFault; readonly free: () => void } | undefined

  const next = (): void => {
    const head = waiting[0]
    if (running !== undefined || head === undefined) return
    const before = head.after()
    if (before !== undefined) {
      void before.then(next)
      return
    }
    running = waiting.shift()
    void head.run()
  }

  const take: Turns['take'] = (work, { signal, after = () => undefined } = {}) =>
    new Promise(resolve => {
      if (closed !== undefined) return resolve(E.left(closed.fault))
      if (signal?.aborted) return resolve(E.left(cancelled))
      const end = new AbortController()
      const cancel = (): void => end.abort(cancelled)
      const settle: typeof resolve = result => {
        if (signal !== undefined) cancels.remove(signal, cancel)
        resolve(result)
      }
      const run = async (): Promise<void> => {
        const result = await outcomeOf(work, end.signal)
        // Before the caller goes on, who may close and expects all to be free.
        running = undefined
        closed?.free()
        settle(result)
        next()
      }
      const turn: Turn = { end, after, run }
      if (signal !== undefined) cancels.add(signal, cancel)
      end.signal.addEventListener('abort', () => {
        const place = waiting.indexOf(turn)
        if (place < 0) return
        waiting.splice(place, 1)
        settle(E.left(end.signal.reason as EngineFault))
        next()
      })
      waiting.push(turn)
      next()
    })

  return {
    take,
    close: (fault, free) => {
      if (closed !== undefined) return
      closed = { fault, free }
      for (const { end } of [...waiting]) end.abort(fault)
      if (running === undefined) free()
      else running.end.abort(fault)
    },
  }
}
