import { either as E, function as F, taskEither as TE } from 'fp-ts'
import type { VideoRecord } from '../dataset/index.ts'
import type { Fault } from '../flow/index.ts'
import { fault } from '../flow/index.ts'
import { accuracy as accuracyReward } from '../reward/index.ts'
import { type Judge, judgementScore, type OnFault } from '../teacher/index.ts'
import type { Rollout } from './items.ts'

/** A reward in [0, 1], or null for a rollout that cannot be scored; at once, later, or with a failure that costs the group. */
export type Verdict = number | null | Promise<number | null> | TE.TaskEither<Fault, number | null>

/**
 * Accuracy of one process of one rollout. `R` is the record's type: fields of your own are there. Malformed parts of a rollout are
 * null in `rollout.processes`.
 */
export type ProcessAccuracy<R extends VideoRecord, K extends string, T extends string> = (
  record: R,
  rollout: Rollout<K, T>,
  signal: AbortSignal,
) => Verdict

/** A verdict as a task. Left: `RewardFailed` for a number that is not finite, `Thrown` (of the stage) for a rejection. */
export const verdictTask = (process: string, verdict: Verdict): TE.TaskEither<Fault, number | null> =>
  F.pipe(
    typeof verdict === 'function' ? verdict : async () => E.right<Fault, number | null>(await verdict),
    TE.filterOrElse(
      value => value === null || Number.isFinite(value),
      (value): Fault =>
        fault(
          'RewardFailed',
          `the accuracy of "${process}" gave ${value}`,
          'Give a finite number, or null for a rollout that cannot be scored.',
        ),
    ),
  )

/**
 * R_acc,P: 1 when the judge finds the observation sufficient, else 0 (equation 3); 0 without asking when there is no well-formed
 * observation. A judgement that could not be had (refused, cut, unreadable, limited, unreachable, timed out) leaves the rollout unscored;
 * `onFault` says otherwise. Left: what cannot get better (see `judgementScore`).
 */
export const sufficiencyReward = <R extends VideoRecord, K extends string, T extends string>(
  judge: Judge<R>,
  observation: (rollout: Rollout<K, T>) => string | null,
  options: { readonly onFault?: OnFault } = {},
): ProcessAccuracy<R, K, T> => {
  const score = judgementScore(judge, options)
  return (record, rollout, signal) => {
    const seen = observation(rollout)
    return seen === null ? 0 : score({ record, observation: seen }, signal)
  }
}

/** R_acc,R: the answer by the metric of the record's problem type (equation 4). Left: a truth that its type cannot score. */
export const answerReward =
  <R extends VideoRecord, K extends string, T extends string>(
    answer: (rollout: Rollout<K, T>) => string,
  ): ProcessAccuracy<R, K, T> =>
  (record, rollout) =>
    TE.fromEither(accuracyReward()(record.problemType)(answer(rollout), record.answer, { options: record.options }))
