import { either as E, type taskEither as TE } from 'fp-ts'
import { fault } from '../../../flow/index.ts'
import type { EngineFault, Prompt } from '../../engine.ts'
import { turns } from '../../tfjs/turns.ts'
import type { Connection } from './connection.ts'
import { onceOf } from './once.ts'
import { probeMedia } from './probe.ts'

/** What waits for a result when its turn to send is over. */
type Pending<A> = () => Promise<E.Either<EngineFault, A>>

/** What a verb sends in its turn. */
type Send<A> = (signal: AbortSignal) => Promise<E.Either<EngineFault, Pending<A>>>

/** The queue of an engine elsewhere. */
export interface Lane {
  /** A verb of two parts: in its turn it sends; then others may send, and it waits. */
  readonly inTurn: <A>(send: Send<A>, signal?: AbortSignal) => TE.TaskEither<EngineFault, A>
  /** The same for a verb that shows prompts: before media are used the first time, it is tried whether they reach the model. */
  readonly showing: <A>(
    prompts: readonly Prompt[],
    send: Send<A>,
    signal?: AbortSignal,
  ) => TE.TaskEither<EngineFault, A>
  /** Ends all that waits, and what is on its way. */
  readonly close: (free: () => void) => void
}

const disposed: EngineFault = fault(
  'Disposed',
  'the engine was disposed of',
  'Make another engine, or dispose of it later.',
)

export const laneOf = (at: Connection): Lane => {
  const queue = turns()
  const ended = new AbortController()
  const look = onceOf((prompt: Prompt, signal: AbortSignal) => probeMedia(at, prompt, signal)())
  const inTurn: Lane['inTurn'] = (send, signal) => async () => {
    const both = signal === undefined ? ended.signal : AbortSignal.any([signal, ended.signal])
    const sent = await queue.take(() => send(both), { signal })
    const done = E.isLeft(sent) ? sent : await sent.right()
    return E.isLeft(done) && done.left._tag === 'Cancelled' && ended.signal.aborted ? E.left(disposed) : done
  }
  return {
    inTurn,
    showing: (prompts, send, signal) =>
      inTurn(async both => {
        const shown = prompts.find(({ media }) => media.length > 0)
        const seen = shown === undefined ? E.right(undefined) : await look(shown, both)
        return E.isLeft(seen) ? seen : send(both)
      }, signal),
    close: free => {
      ended.abort()
      queue.close(disposed, free)
    },
  }
}
