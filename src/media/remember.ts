import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { lru } from './lru.ts'
import { type Shared, singleFlight } from './single-flight.ts'

/**
 * Makes a memory of answers: as many as `bound` says, or as fit into it where answers have sizes. The one that was used
 * longest ago is forgotten first. Gives the answer that is remembered under a key, else asks, once for all who want it at that time, and
 * remembers. Failures are asked anew.
 */
export const remember = <A>(bound: number, size: (answer: A) => number = () => 1): Shared<A> => {
  const known = lru<A>(bound)
  const share = singleFlight<A>()
  return (key, ask, signal) => async () => {
    const before = known.get(key)
    if (before !== undefined) return E.right(before)
    const kept = F.pipe(
      ask,
      TE.tapIO(answer => () => known.set(key, answer, size(answer))),
    )
    return share(key, kept, signal)()
  }
}
