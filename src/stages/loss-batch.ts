import { either as E, function as F } from 'fp-ts'
import type { LossBatch, LossOptions, Owners, PerToken } from '../advantage/index.ts'
import { knownLogprobs, tokenAdvantages, truncatedMask } from '../advantage/index.ts'
import type { Batch, Fault } from '../flow/index.ts'
import { fault } from '../flow/index.ts'
import type { HasAdvantages, HasGroup, HasPrompt, HasRollouts } from './items.ts'

/** A group with the advantages of its processes: what a policy learns from. */
export type Learnable = HasPrompt & HasGroup & HasRollouts<string, string> & HasAdvantages<string>

/** What a loss is told of a batch besides its advantages. */
export interface LossInput {
  /** The log-probabilities of sampling are the old ones: for groups that an earlier policy sampled. */
  readonly offPolicy?: boolean
  /** Completions that ran into the limit count nowhere (TRL's `mask_truncated_completions`). */
  readonly maskTruncated?: boolean
  /** Weights of the tokens' policy loss, [completion][token] in the order of groups and completions. */
  readonly weights?: (batch: Batch<Learnable>) => E.Either<Fault, PerToken> | PerToken
}

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

const isEither = (given: E.Either<Fault, PerToken> | PerToken): given is E.Either<Fault, PerToken> => '_tag' in given

const allTruncated = (index: number, completions: number): Fault =>
  fault(
    'AllTruncated',
    `batch ${index}: all ${completions} completions ran into the limit of tokens, and truncated ones are masked`,
    'Raise maxTokens, or leave maskTruncated out.',
  )

/**
 * What a policy loss needs to know of a batch of groups. Left: a completion whose tokens and owners differ in number, owners without a
 * reward, missing log-probabilities where the loss takes none, and `AllTruncated`.
 */
export const lossBatch = (
  batch: Batch<Learnable>,
  loss: LossOptions,
  { offPolicy = false, maskTruncated = false, weights }: LossInput,
): E.Either<Fault, LossBatch> => {
  const completions = batch.items.flatMap(({ group }) => group)
  if (maskTruncated && completions.every(({ stop }) => stop === 'length'))
    return E.left(allTruncated(batch.index, completions.length))
  const given = weights?.(batch)
  return F.pipe(
    E.Do,
    E.bind('owners', () => E.traverseArray(ownersOf)(batch.items)),
    E.bindW('advantages', ({ owners }) =>
      E.traverseArray(({ item, of }: { item: Learnable; of: readonly Owners<string>[] }) =>
        tokenAdvantages(item.normalised, of),
      )(batch.items.map((item, i) => ({ item, of: owners[i]! }))),
    ),
    E.bindW('weighted', () =>
      given === undefined
        ? E.right({})
        : E.map((of: PerToken) => ({ weights: of }))(isEither(given) ? given : E.right(given)),
    ),
    E.map(
      ({ owners, advantages, weighted }): LossBatch => ({
        owners: owners.flat(),
        advantages: advantages.flat(),
        ...weighted,
        ...(offPolicy ? { oldLogprobs: completions.map(({ logprobs }) => logprobs) } : {}),
        ...(offPolicy || loss.importanceSampling != null
          ? { samplingLogprobs: completions.map(({ samplingLogprobs }) => samplingLogprobs) }
          : {}),
        ...(maskTruncated
          ? {
              mask: truncatedMask(completions.map(({ ids, stop }) => ({ length: ids.length, ended: stop === 'stop' }))),
            }
          : {}),
      }),
    ),
    E.flatMap(whole => (loss.missingLogprobs === 'fault' ? knownLogprobs(whole) : E.right(whole))),
  )
}
