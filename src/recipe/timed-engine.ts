import type { taskEither as TE } from 'fp-ts'
import type { Engine } from '../engine/index.ts'

/** Seconds of one update by what was done in them. */
interface UpdateSeconds extends Readonly<Record<string, number>> {
  /** Sampling. */
  readonly rollout: number
  /** Gradient, reference and step. */
  readonly update: number
  /** All else: looking at clips, reading and judging completions, saving. */
  readonly other: number
}

/** An engine whose verbs are timed. */
interface TimedEngine {
  readonly engine: Engine
  /** Where the time went since it was asked last. */
  readonly taken: () => UpdateSeconds
}

/** Times the verbs of an engine of which one is asked at a time. `now` is in seconds, and runs on between two questions. */
export const timedEngine = (engine: Engine, now: () => number): TimedEngine => {
  const spent = { rollout: 0, update: 0 }
  let last = now()
  const timed =
    <E, A>(what: keyof typeof spent, verb: TE.TaskEither<E, A>): TE.TaskEither<E, A> =>
    async () => {
      const from = now()
      const result = await verb()
      spent[what] += now() - from
      return result
    }
  return {
    engine: {
      ...engine,
      sample: (...given) => timed('rollout', engine.sample(...given)),
      logprobs: (...given) => timed('update', engine.logprobs(...given)),
      forwardBackward: (...given) => timed('update', engine.forwardBackward(...given)),
      optimStep: (...given) => timed('update', engine.optimStep(...given)),
    },
    taken: () => {
      const { rollout, update } = spent
      const other = Math.max(0, now() - last - rollout - update)
      ;[spent.rollout, spent.update, last] = [0, 0, now()]
      return { rollout, update, other }
    },
  }
}
