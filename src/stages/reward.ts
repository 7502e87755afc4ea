import { either as E, function as F, taskEither as TE } from 'fp-ts'
import type { Normalised, Normaliser } from '../advantage/index.ts'
import type { VideoRecord } from '../dataset/index.ts'
import type { Batch, Fault, Stage } from '../flow/index.ts'
import { stage } from '../flow/index.ts'
import type { ComposeOptions, ProcessMeasured } from '../reward/index.ts'
import { accuracy as accuracyReward, composeRewards } from '../reward/index.ts'
import type { Judge } from '../teacher/index.ts'
import {
  type HasAdvantages,
  type HasRecord,
  type HasRewards,
  type HasRollouts,
  type Rollout,
  recordId,
} from './items.ts'

/** Accuracy of one process of one rollout: a number in [0, 1], or null for unscored. Left: the group cannot be scored. */
export type ProcessAccuracy<K extends string, T extends string> = (
  record: VideoRecord,
  rollout: Rollout<K, T>,
  signal: AbortSignal,
) => TE.TaskEither<Fault, number | null>

/**
 * R_acc,P: 1 when the judge finds the observation sufficient, else 0 (equation 3); 0 without asking when there is no well-formed
 * observation. A judgement that stays unreadable leaves the rollout unscored; any other fault of the judge is a Left.
 */
export const sufficiencyReward =
  <K extends string, T extends string>(
    judge: Judge,
    observation: (rollout: Rollout<K, T>) => string | null,
  ): ProcessAccuracy<K, T> =>
  (record, rollout, signal) => {
    const seen = observation(rollout)
    if (seen === null) return TE.right(0)
    return F.pipe(
      judge.judge({ record, observation: seen }, signal),
      TE.map(({ sufficient }): number | null => (sufficient ? 1 : 0)),
      TE.orElse(given => (given._tag === 'Unreadable' ? TE.right(null) : TE.left<Fault, number | null>(given))),
    )
  }

/**
 * Rewards of a group, process by process: accuracy + format + length (equation 5). The rollouts of a group are judged at the same
 * time; groups come one after the other unless a scope around this stage says otherwise.
 */
export const score = <A extends HasRecord & HasRollouts<K, T>, K extends string, T extends string>({
  accuracy,
  ...compose
}: ComposeOptions<K> & { readonly accuracy: Readonly<Record<K, ProcessAccuracy<K, T>>> }): Stage<
  A,
  A & HasRewards<K>
> => {
  const processes = Object.keys(accuracy) as K[]
  const measure = (item: A, k: K, signal: AbortSignal): TE.TaskEither<Fault, readonly ProcessMeasured[]> =>
    TE.traverseArray((rollout: Rollout<K, T>) =>
      F.pipe(
        accuracy[k](item.record, rollout, signal),
        TE.map(value => ({
          accuracy: value,
          format: rollout.processes[k] === null ? 0 : 1,
          tokens: rollout.assignment.innerTokens[k],
        })),
      ),
    )(item.rollouts)
  return stage.adding({ name: 'score', item: recordId }, (item: A, signal) =>
    F.pipe(
      TE.traverseArray((k: K) => measure(item, k, signal))(processes),
      TE.flatMapEither(measured => {
        const byProcess = Object.fromEntries(processes.map((k, i) => [k, measured[i] ?? []]))
        return composeRewards(compose)(item.record.id, byProcess as Record<K, readonly ProcessMeasured[]>)
      }),
      TE.map(rewards => ({ rewards })),
    ),
  )
}

/** Turns the rewards of a batch of groups into advantages. A normaliser that scales over the batch sees all of its groups. */
export const advantage = <A extends HasRewards<K>, K extends string>(
  normaliser: Normaliser<K>,
): Stage<Batch<A>, Batch<A & HasAdvantages<K>>> =>
  stage.fromEither({ name: 'advantage', item: ({ index }) => `batch ${index}` }, batch => {
    const normalised = normaliser(batch.items.map(({ rewards }) => rewards.raw))
    return E.right({
      ...batch,
      items: batch.items.map((item, i) => ({ ...item, normalised: normalised.at(i) as Normalised<K> })),
    })
  })

/** R_acc,R: the answer by the metric of the record's problem type (equation 4). Left: a truth that its type cannot score. */
export const answerReward =
  <K extends string, T extends string>(answer: (rollout: Rollout<K, T>) => string): ProcessAccuracy<K, T> =>
  (record, rollout) =>
    TE.fromEither(accuracyReward()(record.problemType)(answer(rollout), record.answer))
