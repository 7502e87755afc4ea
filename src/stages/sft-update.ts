import { function as F, taskEither as TE } from 'fp-ts'
import type { Objective } from '../advantage/index.ts'
import type { Engine } from '../engine/index.ts'
import { type Adding, type Batch, stage } from '../flow/index.ts'
import type { HasPrompt, HasTarget } from './items.ts'
import { batchName } from './rollout.ts'
import { type HasUpdate, step } from './step.ts'

/**
 * One optimiser step of supervised fine-tuning on a batch, loss on the target's tokens only. Left: no member left, or a loss or
 * gradient that is not finite (the weights then stay as they were).
 */
export const sftUpdate = ({
  engine,
  objective,
  learningRate,
}: {
  readonly engine: Engine
  readonly objective: Objective
  readonly learningRate: (step: number) => number
}): Adding<Batch<HasPrompt & HasTarget>, HasUpdate> =>
  stage.adding({ name: 'sft', item: batchName }, (batch: Batch<HasPrompt & HasTarget>, signal) =>
    F.pipe(
      step(
        engine,
        batch.index,
        learningRate(batch.index),
        batch.items.map(({ prompt, target }) => ({ prompt, completions: [target] })),
        objective,
        signal,
      ),
      TE.map(update => ({ update })),
    ),
  )
