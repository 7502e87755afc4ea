import { either as E, function as F, taskEither as TE } from 'fp-ts'
import type { Objective, Totals } from '../advantage/index.ts'
import type { Engine, StepReport, TrainGroup } from '../engine/index.ts'
import { type Adding, type Batch, type Fault, fault, type StageError, stage, stageError } from '../flow/index.ts'
import { batchName } from './rollout.ts'
import { alone, type HasUpdate, type Update } from './step.ts'

/** How batches of `A` are learned from, one after the other: `sftGradients()`, `policyGradients(…)`, or one's own. */
export interface Gradients<A> {
  readonly groups: (batch: Batch<A>) => readonly TrainGroup[]
  /** What of a batch counts towards the means of the loss: sequences and tokens. */
  readonly size: (batch: Batch<A>) => Totals
  /** The loss of one batch as its share of the means over all, whose size is given. */
  readonly objective: (batch: Batch<A>, all: Totals, signal: AbortSignal) => TE.TaskEither<Fault, Objective>
}

/** The policy that learns, from what, and its rate. */
export interface AccumulateOptions<A> {
  readonly engine: Engine
  readonly gradients: Gradients<A>
  readonly learningRate: (step: number) => number
}

/** A batch that was learned from, and how many of the tokens it holds. */
interface Part {
  readonly report: StepReport
  readonly tokens: number
}

/** Means over all tokens of what the parts report. */
const meanMetrics = (parts: readonly Part[], tokens: number): Readonly<Record<string, number>> => {
  const sums: Record<string, number> = {}
  for (const { report, tokens: own } of parts)
    for (const [name, value] of Object.entries(report.metrics))
      sums[name] = (sums[name] ?? 0) + (value * own) / Math.max(1, tokens)
  return sums
}

/** Gradients of the batches, in their order; those that fail are told apart. */
const learned = async <A>(
  { engine, gradients }: AccumulateOptions<A>,
  batches: readonly Batch<A>[],
  all: Totals,
  signal: AbortSignal,
): Promise<{ readonly parts: readonly Part[]; readonly lost: readonly StageError[] }> => {
  const parts: Part[] = []
  const lost: StageError[] = []
  for (const batch of batches) {
    const report = await F.pipe(
      gradients.objective(batch, all, signal),
      TE.flatMap(objective => engine.forwardBackward(gradients.groups(batch), objective, signal)),
    )()
    if (E.isRight(report)) parts.push({ report: report.right, tokens: gradients.size(batch).tokens })
    else lost.push(stageError('accumulate', batchName(batch), report.left))
  }
  return { parts, lost }
}

/**
 * One optimiser step from several batches: their gradients are computed one batch after the other and added up (gradient accumulation).
 * Reads a batch of batches (`batch(8)`, then `batch(4)`), and adds `update` and `lost`: the batches whose gradient could not be
 * computed, which count as zeros. Use it where a large batch does not fit: activations of one small batch are alive at a time. What is
 * done before, a rollout for instance, can be done for one small batch at a time too: `each(rollout(…))`.
 *
 * The step is that of one large batch, to rounding: means are over the sequences and tokens of all batches. Metrics are means over
 * tokens. Normalisers that look across a whole batch see one small batch here.
 *
 * Left: `EmptyBatch`, no batch holds an item; the first fault, where every batch fails; `NotFinite` of the step.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { tinyPolicy } from 'kinograd/engine/tfjs'
 * import { batch, items } from 'kinograd/flow'
 * import { accumulate, sftGradients } from 'kinograd/stages'
 * import { firstValueFrom } from 'rxjs'
 *
 * const { engine, tokenizer } = tinyPolicy()
 * const prompt = { ids: Int32Array.of(72, 105), media: [] }
 * const item = { prompt, target: Int32Array.of(8, tokenizer.eos) }
 * const learn = accumulate({ engine, gradients: sftGradients(), learningRate: () => 1e-2 })
 * // Four items, two at a time, one step.
 * const done = await firstValueFrom(items([item, item, item, item]).pipe(batch(2), batch(2), learn))
 * assert(E.isRight(done))
 * assert.equal(done.right.update.metrics.tokens, 4)
 * engine.dispose()
 * ```
 */
export const accumulate = <A>(
  options: AccumulateOptions<A>,
): Adding<Batch<Batch<A>>, HasUpdate & { readonly lost: readonly StageError[] }> =>
  stage.adding({ name: 'accumulate', item: batchName }, ({ index, items }: Batch<Batch<A>>, signal) => {
    const { engine, gradients, learningRate: rateOf } = options
    const batches = items.filter(batch => batch.items.length > 0)
    if (batches.length === 0)
      return TE.left(fault('EmptyBatch', `batch ${index} has no item left to learn from`, 'Look at what failed in it.'))
    const sizes = batches.map(gradients.size)
    const sum = (of: keyof Totals): number => sizes.reduce((total, size) => total + size[of], 0)
    const all = { sequences: sum('sequences'), tokens: sum('tokens') }
    const learningRate = rateOf(index)
    return alone<{ readonly update: Update; readonly lost: readonly StageError[] }>(engine, async () => {
      const { parts, lost } = await learned(options, batches, all, signal)
      const [first] = lost
      if (parts.length === 0 && first !== undefined) return E.left(first.fault)
      return F.pipe(
        engine.optimStep(learningRate),
        TE.map(({ gradientNorm }) => ({
          lost,
          update: {
            ...{ step: index, learningRate, gradientNorm },
            loss: parts.reduce((total, { report }) => total + report.loss, 0),
            metrics: meanMetrics(parts, all.tokens),
          },
        })),
      )()
    })
  })
