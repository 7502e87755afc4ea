import { function as F, taskEither as TE } from 'fp-ts'
import { type LossBatch, type LossOptions, type Objective, policyLoss } from '../advantage/index.ts'
import type { Engine, TrainGroup } from '../engine/index.ts'
import { type Adding, type Batch, type Fault, stage } from '../flow/index.ts'
import type { HasGroup, HasPrompt } from './items.ts'
import { type Learnable, type LossInput, lossBatch } from './loss-batch.ts'
import { batchName } from './rollout.ts'
import { type HasUpdate, step } from './step.ts'

/** The policy that learns, its loss and its rate. */
export interface PolicyUpdateOptions extends LossInput {
  readonly engine: Engine
  readonly loss: LossOptions
  readonly learningRate: (step: number) => number
  /** Whose log-probabilities the KL is taken to; the engine itself with its low-rank adapter off by default. */
  readonly reference?: Engine
}

/** What a policy loss and its reference are. */
export type PolicyObjectiveOptions = Omit<PolicyUpdateOptions, 'learningRate'>

/** Log-probabilities of the reference, where the loss needs them. */
const referenced = (
  { engine, loss, reference }: PolicyObjectiveOptions,
  groups: readonly TrainGroup[],
  signal: AbortSignal,
): TE.TaskEither<Fault, { readonly refLogprobs?: readonly Float64Array[] }> =>
  loss.beta === 0 && reference === undefined
    ? TE.right({})
    : F.pipe(
        reference?.logprobs(groups, signal) ?? engine.logprobs(groups, signal, { adapter: 'off' }),
        TE.map(refLogprobs => ({ refLogprobs })),
      )

/** What is trained of a batch: its groups' prompts and completions. */
export const trainGroups = ({ items }: Batch<HasPrompt & HasGroup>): readonly TrainGroup[] =>
  items.map(({ prompt, group }) => ({ prompt, completions: group.map(({ ids }) => ids) }))

/** The policy loss of what is known of a batch, with the reference asked where it needs one. */
export const policyObjective = (
  options: PolicyObjectiveOptions,
  groups: readonly TrainGroup[],
  known: LossBatch,
  signal: AbortSignal,
): TE.TaskEither<Fault, Objective> =>
  F.pipe(
    referenced(options, groups, signal),
    TE.map(reference => policyLoss(options.loss)({ ...known, ...reference })),
  )

/**
 * One optimiser step of a policy loss on a batch of groups: every token carries the advantage of its process. Reads `prompt`, `group`,
 * `rollouts` and `normalised` of the members, adds `update` to the batch: number of the step, loss, norm of the gradient, metrics under
 * TRL's names.
 *
 * On-policy when it follows `rollout` in a scope of width 1 (`train` is one); the log-probabilities of sampling are the old ones when it
 * is wider (`offPolicy`). Where rollouts come from coarser weights than those that learn (`storage`), from another engine, or from a cut
 * distribution, `loss.importanceSampling` weighs each token by how likely it is now over how likely it was drawn (TIS). With `beta` above 0, `reference` is the engine whose log-probabilities the KL is taken to; when it is not
 * given, the engine itself with its low-rank adapter off.
 *
 * Left: `EmptyBatch`, no member left; `AllTruncated`, the mask leaves nothing; `UnequalLengths`, rollouts that another tokenizer read;
 * `BadAdapter`, neither a reference nor an adapter; `NotFinite`, and the weights stay as they were.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { drGrpo } from 'kinograd/advantage'
 * import type { VideoRecord } from 'kinograd/dataset'
 * import { tinyPolicy } from 'kinograd/engine/tfjs'
 * import { batch, each, items } from 'kinograd/flow'
 * import { template } from 'kinograd/process'
 * import { noLength } from 'kinograd/reward'
 * import { advantage, policyUpdate, readRollouts, rollout, score } from 'kinograd/stages'
 * import { firstValueFrom } from 'rxjs'
 *
 * const more = { options: [], path: 'a.mp4', source: '' }
 * const record: VideoRecord = { ...more, id: 'a', problem: 'How many balls?', answer: '3', problemType: 'numerical', dataType: 'video' }
 * const { engine, tokenizer } = tinyPolicy()
 * const prompt = { ids: Int32Array.of(72, 105), media: [] }
 *
 * const sampling = (seed: number) => ({ count: 2, maxTokens: 2, temperature: 1, stop: [tokenizer.eos], seed })
 * const done = await firstValueFrom(
 *   items([{ record, prompt }]).pipe(
 *     batch(1),
 *     rollout({ engine, sampling }),
 *     each(readRollouts(template({ all: ['answer'] }), tokenizer)),
 *     each(score({ accuracy: { all: (_, { text }) => text.length }, length: { all: noLength } })),
 *     advantage(drGrpo()),
 *     policyUpdate({ engine, loss: { beta: 0 }, learningRate: () => 1e-4 }),
 *   ),
 * )
 * assert(E.isRight(done))
 * assert.equal(done.right.update.step, 0)
 * engine.dispose()
 * ```
 */
export const policyUpdate = (options: PolicyUpdateOptions): Adding<Batch<Learnable>, HasUpdate> =>
  stage.adding({ name: 'update', item: batchName }, (batch: Batch<Learnable>, signal) => {
    const { engine, loss, learningRate } = options
    const groups = trainGroups(batch)
    return F.pipe(
      TE.fromEither(lossBatch(batch, loss, options)),
      TE.flatMap(known => policyObjective(options, groups, known, signal)),
      TE.flatMap(objective => step(engine, batch.index, learningRate(batch.index), groups, objective, signal)),
      TE.map(update => ({ update })),
    )
  })
