import type { taskEither as TE } from 'fp-ts'

/** Counts seconds from when it is made, without those of work that is left out. */
export interface Stopwatch {
  readonly seconds: () => number
  /** Does the work and does not count the time that it takes. */
  readonly without: <E, A>(work: TE.TaskEither<E, A>) => TE.TaskEither<E, A>
}

/** Starts a stopwatch that has counted some seconds already. */
export const stopwatch = (now: () => number = () => performance.now(), counted = 0): Stopwatch => {
  const start = now()
  let leftOut = 0
  return {
    seconds: () => counted + (now() - start - leftOut) / 1000,
    without: work => async () => {
      const from = now()
      const result = await work()
      leftOut += now() - from
      return result
    },
  }
}
