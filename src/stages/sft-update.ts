import { function as F, taskEither as TE } from 'fp-ts'
import type { Objective } from '../advantage/index.ts'
import type { Engine } from '../engine/index.ts'
import { type Adding, type Batch, stage } from '../flow/index.ts'
import type { HasPrompt, HasTarget } from './items.ts'
import { batchName } from './rollout.ts'
import { type HasUpdate, step } from './step.ts'

/**
 * One optimiser step of supervised fine-tuning on a batch. Reads `prompt` and `target` of the members, adds `update` to the batch. The
 * loss is on the target's tokens alone (`sftLoss`); `learningRate` is asked with the number of the batch (`cosine`, `constant`). Use it
 * in a scope of width 1, or in `train`, where the next batch must see this step.
 *
 * Left: `EmptyBatch`, no member left; `NotFinite`, a loss or gradient that is not finite, and the weights stay as they were; the other
 * faults of the engine.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { sftLoss } from 'kinograd/advantage'
 * import { tinyPolicy } from 'kinograd/engine/tfjs'
 * import { batch, items } from 'kinograd/flow'
 * import { sftUpdate } from 'kinograd/stages'
 * import { lastValueFrom, toArray } from 'rxjs'
 *
 * const { engine, tokenizer } = tinyPolicy()
 * const prompt = { ids: Int32Array.of(72, 105), media: [] }
 * const item = { prompt, target: Int32Array.of(8, tokenizer.eos) }
 * const update = sftUpdate({ engine, objective: sftLoss(), learningRate: () => 1e-2 })
 * const steps = await lastValueFrom(items([item, item]).pipe(batch(1), update, toArray()))
 * const [first = 0, second = 0] = steps.map(step => (E.isRight(step) ? step.right.update.loss : 0))
 * assert(second < first)
 * engine.dispose()
 * ```
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
