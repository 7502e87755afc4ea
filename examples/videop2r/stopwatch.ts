import type { taskEither as TE } from 'fp-ts'

/** Counts seconds from when it is made, without those of work that is left out. */
export interface Stopwatch {
  readonly seconds: () => number
  /** Does the work and does not count the time that it takes. */
  readonly without: <E, A>(work: TE.TaskEither<E, A>) => TE.TaskEither<E, A>
}

/** Starts a stopwatch. */
export const stopwatch = (now: () => number = () => performance.now()): Stopwatch => {
  const start = now()
  let leftOut = 0
  return {
    seconds: () => (now() - start - leftOut) / 1000,
    without: work => async () => {
      const from = now()
      const result = await work()
      leftOut += now() - from
      return result
    },
  }
}
