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

/** Gradient of an objective on a batch, and the optimiser's step. Left: `EmptyBatch`, and the engine's faults. */
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
    : F.pipe(
        engine.forwardBackward(groups, objective, signal),
        TE.flatMap(({ loss, metrics }) =>
          F.pipe(
            engine.optimStep(learningRate),
            TE.map(({ gradientNorm }) => ({ step: index, loss, learningRate, gradientNorm, metrics })),
          ),
        ),
      )
