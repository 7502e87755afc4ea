import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { type LossBatch, type PerToken, sftLoss, type Totals } from '../advantage/index.ts'
import type { Fault } from '../flow/index.ts'
import type { Gradients } from './accumulate.ts'
import type { HasPrompt, HasTarget } from './items.ts'
import { type Learnable, lossBatch } from './loss-batch.ts'
import { type PolicyObjectiveOptions, policyObjective, trainGroups } from './policy-update.ts'

/** Supervised fine-tuning for `accumulate`: the mean over the targets' tokens of all batches, as `sftUpdate` with `sftLoss()`. */
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

/** A policy loss for `accumulate`: its means are over the groups of all batches, as `policyUpdate` on all of them. */
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
