import { either as E, function as F, taskEither as TE } from 'fp-ts'
import type { Objective, Owners } from '../advantage/index.ts'
import { type LossOptions, policyLoss, tokenAdvantages } from '../advantage/index.ts'
import type { Engine, TrainGroup } from '../engine/index.ts'
import type { Adding, Batch, Fault } from '../flow/index.ts'
import { fault, stage } from '../flow/index.ts'
import type { HasAdvantages, HasGroup, HasPrompt, HasRollouts, HasTarget } from './items.ts'
import { batchName } from './rollout.ts'

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

const step = (
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

/** A group with the advantages of its processes: what a policy learns from. */
type Learnable = HasPrompt & HasGroup & HasRollouts<string, string> & HasAdvantages<string>

/** The owners of a group's tokens. Left, naming record and completion, where a completion has another number of tokens. */
const ownersOf = ({ normalised, group, rollouts }: Learnable): E.Either<Fault, readonly Owners<string>[]> => {
  const owners = rollouts.map(({ assignment }) => assignment.owners)
  const bad = group.findIndex(({ ids }, i) => ids.length !== owners[i]?.length)
  return bad === -1
    ? E.right(owners)
    : E.left(
        fault(
          'UnequalLengths',
          `group "${normalised.group}": completion ${bad} has ${group[bad]?.ids.length} tokens, owners are known of ${owners[bad]?.length ?? 0}`,
          'Read the rollouts with the tokenizer of the engine that sampled them.',
        ),
      )
}

/**
 * One optimiser step of a policy loss on a batch of groups: every token carries the advantage of its process. On-policy when it
 * follows `rollout` in a scope of width 1; the log-probabilities of sampling are the old ones when it is wider (`offPolicy`). With
 * `beta` above 0, `reference` is the engine whose log-probabilities the KL is taken to; when it is not given, the engine itself with
 * its low-rank adapter off. `Left('BadAdapter')`: neither a reference nor an adapter.
 */
export const policyUpdate = ({
  engine,
  loss,
  learningRate,
  reference,
  offPolicy = false,
}: {
  readonly engine: Engine
  readonly loss: LossOptions
  readonly learningRate: (step: number) => number
  readonly reference?: Engine
  readonly offPolicy?: boolean
}): Adding<Batch<Learnable>, HasUpdate> =>
  stage.adding({ name: 'update', item: batchName }, (batch: Batch<Learnable>, signal) => {
    const groups = batch.items.map(({ prompt, group }) => ({ prompt, completions: group.map(({ ids }) => ids) }))
    const learnt = E.traverseArray((item: Learnable) =>
      F.pipe(
        ownersOf(item),
        E.bindTo('owners'),
        E.bindW('advantages', ({ owners }) => tokenAdvantages(item.normalised, owners)),
      ),
    )(batch.items)
    const oldLogprobs = batch.items.flatMap(({ group }) => group.map(({ logprobs }) => logprobs))
    const referenced: TE.TaskEither<Fault, { readonly refLogprobs?: readonly Float64Array[] }> =
      loss.beta === 0 && reference === undefined
        ? TE.right({})
        : F.pipe(
            reference?.logprobs(groups, signal) ?? engine.logprobs(groups, signal, { adapter: 'off' }),
            TE.map(refLogprobs => ({ refLogprobs })),
          )
    return F.pipe(
      TE.fromEither(learnt),
      TE.flatMap(perGroup =>
        F.pipe(
          referenced,
          TE.map(ref =>
            policyLoss(loss)({
              advantages: perGroup.flatMap(({ advantages }) => advantages),
              owners: perGroup.flatMap(({ owners }) => owners),
              ...ref,
              ...(offPolicy ? { oldLogprobs } : {}),
            }),
          ),
        ),
      ),
      TE.flatMap(objective => step(engine, batch.index, learningRate(batch.index), groups, objective, signal)),
      TE.map(update => ({ update })),
    )
  })
