import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { singleFlight } from '../flow/index.ts'
import { cancelled } from './bounds.ts'
import { lru } from './lru.ts'
import type { MediaFault } from './types.ts'

/** Who wants an answer: what it is about, as faults name it, and their signal. */
interface Asker {
  readonly what: string
  readonly signal?: AbortSignal | undefined
}

/** Gives the answer that is remembered under a key, else asks for it. */
export type Remembered<A> = (
  key: string,
  asker: Asker,
  ask: (signal: AbortSignal) => TE.TaskEither<MediaFault, A>,
) => TE.TaskEither<MediaFault, A>

/** Asks once for all who want the answer of a key at the same time. */
export const shared = <A>(): Remembered<A> => {
  const flights = singleFlight<MediaFault, A>()
  return (key, { what, signal }, ask) =>
    F.pipe(
      flights(key, ask, { signal, cancelled: cancelled({ what }) }),
      TE.map(({ value }) => value),
    )
}

/**
 * Makes a memory of answers: as many as `bound` says, or as fit into it where answers have sizes. The one that was used
 * longest ago is forgotten first. What several want at the same time is asked once; failures are asked anew.
 */
export const remember = <A>(bound: number, size: (answer: A) => number = () => 1): Remembered<A> => {
  const known = lru<A>(bound)
  const share = shared<A>()
  return (key, asker, ask) => async () => {
    const before = known.get(key)
    if (before !== undefined) return E.right(before)
    const kept = (signal: AbortSignal) =>
      F.pipe(
        ask(signal),
        TE.tapIO(answer => () => known.set(key, answer, size(answer))),
      )
    return share(key, asker, kept)()
  }
}
