import { either as E, function as F, taskEither as TE } from 'fp-ts'
import type { VideoRecord } from '../dataset/index.ts'
import type { Fault, Item } from '../flow/index.ts'
import { consume } from '../run/index.ts'
import type { HasRecord } from '../stages/index.ts'
import { accounts } from './accounts.ts'
import type { Job } from './job.ts'
import type { Split } from './split.ts'

/** The records of a split, those that cannot be read in their places; read anew whenever the task is run. */
export const itemsOf =
  <R extends VideoRecord>(
    { signal }: Pick<Job, 'signal'>,
    { read }: Split<R>,
  ): TE.TaskEither<Fault, readonly Item<HasRecord<R>>[]> =>
  () => {
    const all: Item<HasRecord<R>>[] = []
    return F.pipe(
      consume(
        read(),
        { item: one => void all.push(E.right(one)), failed: wrong => void all.push(E.left(wrong)) },
        signal,
      ),
      TE.map(() => all),
    )()
  }

/**
 * What could be read of items; the rest goes to the failures of the phase, once: where the phase is continued they are there already.
 * Left: `TooManyFailures`.
 */
const readable = <A>(
  { run, tolerate }: Job,
  { phase, continued }: { phase: string; continued: boolean },
  items: readonly Item<A>[],
): TE.TaskEither<Fault, readonly A[]> => {
  const good = items.flatMap(item => (E.isRight(item) ? [item.right] : []))
  return async () => {
    const account = accounts(run, { phase, total: items.length, tolerate })
    account.done(good.length)
    for (const item of items)
      if (E.isLeft(item) && !continued) {
        const written = await account.failed(item.left)
        if (E.isLeft(written)) return written
      }
    return E.right(good)
  }
}

/** The records of a split that can be read; what cannot is written down as a failure of the phase. Left: `TooManyFailures`. */
export const recordsOf = <R extends VideoRecord>(
  job: Job,
  place: { phase: string; continued: boolean },
  split: Split<R>,
): TE.TaskEither<Fault, readonly R[]> =>
  F.pipe(
    itemsOf(job, split),
    TE.flatMap(items => readable(job, place, items)),
    TE.map(all => all.map(({ record }) => record)),
  )
