import { either as E, type taskEither as TE } from 'fp-ts'
import type { MediaFault } from './types.ts'

/** Remembers the last `most` successes by key; failures are asked anew. */
export const remember = <A>(
  most: number,
): ((key: string, ask: TE.TaskEither<MediaFault, A>) => TE.TaskEither<MediaFault, A>) => {
  const known = new Map<string, A>()
  return (key, ask) => async () => {
    const before = known.get(key)
    if (before !== undefined) return E.right(before)
    const found = await ask()
    if (E.isRight(found)) {
      const oldest = known.keys().next()
      if (known.size >= most && !oldest.done) known.delete(oldest.value)
      known.set(key, found.right)
    }
    return found
  }
}
