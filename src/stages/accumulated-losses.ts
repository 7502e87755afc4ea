import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { type LossBatch, type PerToken, sftLoss, type Totals } from '../advantage/index.ts'
import type { Fault } from '../flow/index.ts'
import type { Gradients } from './accumulate.ts'
import type { HasPrompt, HasTarget } from './items.ts'
import { type Learnable, lossBatch } from './loss-batch.ts'
import { type PolicyObjectiveOptions, policyObjective, trainGroups } from './policy-update.ts'

/**
 * Supervised fine-tuning for `accumulate`: the mean over the targets' tokens of all batches, as `sftUpdate` with `sftLoss()`.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { sftGradients } from 'kinograd/stages'
 *
 * const prompt = { ids: Int32Array.of(72, 105), media: [] }
 * const items = [{ prompt, target: Int32Array.of(8, 9) }, { prompt, target: Int32Array.of(8) }]
 * assert.deepEqual(sftGradients().size({ index: 0, items, failed: [] }), { sequences: 2, tokens: 3 })
 * ```
 */
export const sftGradients = (): Gradients<HasPrompt & HasTarget> => ({
  groups: ({ items }) => items.map(({ prompt, target }) => ({ prompt, completions: [target] })),
  size: ({ items }) => ({
    sequences: items.length,
    tokens: items.reduce((sum, { target }) => sum + target.length, 0),
  }),
  objective: (_, { tokens }) => TE.right(sftLoss({ tokens })),
})

/** Sequences, and tokens that the mask lets count. */
const sizeOf = (lengths: readonly number[], mask: PerToken | undefined): Totals => ({
  sequences: lengths.length,
  tokens: lengths.reduce(
    (sum, length, b) =>
      sum + (mask === undefined ? length : Array.from({ length }, (_, t) => mask[b]![t]!).reduce((x, y) => x + y, 0)),
    0,
  ),
})

/**
 * A policy loss for `accumulate`: its means are over the groups of all batches, as `policyUpdate` on all of them.
 *
 * ```ts
 * import { tinyPolicy } from 'kinograd/engine/tfjs'
 * import { accumulate, policyGradients } from 'kinograd/stages'
 *
 * const { engine } = tinyPolicy()
 * // Behind `advantage(…)` in each small batch, and `batch(4)`: one step from four of them.
 * accumulate({ engine, gradients: policyGradients({ engine, loss: { beta: 0 } }), learningRate: () => 1e-5 })
 * engine.dispose()
 * ```
 */
export const policyGradients = (options: PolicyObjectiveOptions): Gradients<Learnable> => {
  const { loss } = options
  return {
    groups: trainGroups,
    size: batch => {
      const lengths = batch.items.flatMap(({ group }) => group.map(({ ids }) => ids.length))
      return F.pipe(
        lossBatch(batch, loss, options),
        E.match(
          // What is wrong is said when the loss is asked for.
          () => ({ sequences: 0, tokens: 0 }),
          ({ mask }) => sizeOf(lengths, mask),
        ),
      )
    },
    objective: (batch, totals, signal) =>
      F.pipe(
        TE.fromEither<Fault, LossBatch>(lossBatch(batch, loss, options)),
        TE.flatMap(known => policyObjective(options, trainGroups(batch), { ...known, totals }, signal)),
      ),
  }
}
