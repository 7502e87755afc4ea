import { either as E, type taskEither as TE } from 'fp-ts'
import { lru } from './lru.ts'
import type { MediaFault } from './types.ts'

/** Gives the answer that is remembered under a key, else asks and remembers. Failures are asked anew. */
export type Remembered<A> = (key: string, ask: TE.TaskEither<MediaFault, A>) => TE.TaskEither<MediaFault, A>

/**
 * Makes a memory of answers: as many as `bound` says, or as fit into it where answers have sizes. The one that was used
 * longest ago is forgotten first.
 */
export const remember = <A>(bound: number, size: (answer: A) => number = () => 1): Remembered<A> => {
  const known = lru<A>(bound)
  return (key, ask) => async () => {
    const before = known.get(key)
    if (before !== undefined) return E.right(before)
    const answer = await ask()
    if (E.isRight(answer)) known.set(key, answer.right, size(answer.right))
    return answer
  }
}
