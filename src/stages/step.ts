import { function as F, taskEither as TE } from 'fp-ts'
import type { Objective } from '../advantage/index.ts'
import type { Engine, TrainGroup } from '../engine/index.ts'
import { type Fault, fault } from '../flow/index.ts'

/** What one optimiser step did. */
export interface Update {
  /** Number of the step, from 0. */
  readonly step: number
  readonly loss: number
  readonly learningRate: number
  readonly gradientNorm: number
  readonly metrics: Readonly<Record<string, number>>
}
/** What the optimiser step of a batch said. */
export interface HasUpdate {
  readonly update: Update
}

/** The last update of each engine, well ended or not: the next one begins behind it. */
const lastUpdate = new WeakMap<Engine, Promise<unknown>>()

/** Runs the verbs of an update with no other update of the same engine in between. */
export const alone =
  <A>(engine: Engine, update: TE.TaskEither<Fault, A>): TE.TaskEither<Fault, A> =>
  () => {
    const before = lastUpdate.get(engine) ?? Promise.resolve()
    const now = before.then(update, update)
    lastUpdate.set(engine, now)
    return now
  }

/**
 * Gradient of an objective on a batch, and the optimiser's step: together, so that batches under way at the same time do not meet in one
 * step. They are applied as they come here; `train` and `feedback` bring them in the order of the source. Left: `EmptyBatch`, and the
 * engine's faults.
 */
export const step = (
  engine: Engine,
  index: number,
  learningRate: number,
  groups: readonly TrainGroup[],
  objective: Objective,
  signal: AbortSignal,
): TE.TaskEither<Fault, Update> =>
  groups.length === 0
    ? TE.left(fault('EmptyBatch', `batch ${index} has no item left to learn from`, 'Look at what failed in it.'))
    : alone(
        engine,
        F.pipe(
          engine.forwardBackward(groups, objective, signal),
          TE.bindTo('report'),
          TE.bind('applied', () => engine.optimStep(learningRate)),
          TE.map(({ report: { loss, metrics }, applied: { gradientNorm } }) => ({
            step: index,
            loss,
            learningRate,
            gradientNorm,
            metrics,
          })),
        ),
      )
