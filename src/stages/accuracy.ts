import { either as E, function as F, taskEither as TE } from 'fp-ts'
import type { VideoRecord } from '../dataset/index.ts'
import type { Fault } from '../flow/index.ts'
import { fault } from '../flow/index.ts'
import { accuracy as accuracyReward } from '../reward/index.ts'
import { type Judge, type Judged, judgementOf, type OnFault } from '../teacher/index.ts'
import type { Rollout } from './items.ts'

/** A reward in [0, 1], or null for a rollout that cannot be scored; with what is said of it, as the judge's reason. */
export type Scored = number | null | { readonly reward: number | null; readonly note: string }

/** What an accuracy comes to: at once, later, or with a failure that costs the group. */
export type Verdict = Scored | Promise<Scored> | TE.TaskEither<Fault, Scored>

/**
 * Accuracy of one process of one rollout. `R` is the record's type: fields of your own are there. Malformed parts of a rollout are
 * null in `rollout.processes`.
 */
export type ProcessAccuracy<R extends VideoRecord, K extends string, T extends string> = (
  record: R,
  rollout: Rollout<K, T>,
  signal: AbortSignal,
) => Verdict

/** A verdict as a task, whatever it gives. A rejection is `Thrown` by the stage. */
const verdictTask = (verdict: Verdict): TE.TaskEither<Fault, Scored> =>
  typeof verdict === 'function' ? verdict : async () => E.right<Fault, Scored>(await verdict)

/** A reward, and what was said of it. */
export interface Noted {
  readonly reward: number | null
  readonly note?: string
}

const noted = (scored: Scored): Noted => (typeof scored === 'object' && scored !== null ? scored : { reward: scored })

/** The reward of a verdict, whatever is said of it. */
export const rewardTask = (verdict: Verdict): TE.TaskEither<Fault, number | null> =>
  F.pipe(
    verdictTask(verdict),
    TE.map(scored => noted(scored).reward),
  )

/** The accuracy of one rollout for a process, and its note. Left: `RewardFailed` for a number that is not finite. */
export const accuracyTask = (process: string, verdict: Verdict): TE.TaskEither<Fault, Noted> =>
  F.pipe(
    verdictTask(verdict),
    TE.map(noted),
    TE.filterOrElse(
      ({ reward }) => reward === null || Number.isFinite(reward),
      ({ reward }): Fault =>
        fault(
          'RewardFailed',
          `the accuracy of "${process}" gave ${reward}`,
          'Give a finite number, or null for a rollout that cannot be scored.',
        ),
    ),
  )

const scoredBy = (judged: Judged | null): Scored => {
  const reward = judged === null ? null : judged.sufficient ? 1 : 0
  return judged?.reason === undefined ? reward : { reward, note: judged.reason }
}

/**
 * Accuracy of perception: 1 when the judge finds that the observation alone supports the correct answer, else 0 (R_acc,P of arXiv
 * 2511.11113, equation 3); 0 without asking when `observation` gives null, as there is no well-formed one. For `accuracy` of `score`,
 * which runs the judge on all rollouts of a group at the same time.
 *
 * A judgement that could not be had (refused, cut, unreadable, limited, unreachable, timed out) leaves the rollout unscored (null): it
 * counts in no mean and teaches nothing; `onFault` says otherwise. Left: what cannot get better by asking again (see `judgementScore`).
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E, taskEither as TE } from 'fp-ts'
 * import type { VideoRecord } from 'kinograd/dataset'
 * import { items } from 'kinograd/flow'
 * import { template } from 'kinograd/process'
 * import { noLength } from 'kinograd/reward'
 * import { sufficiencyReward, readRollout, score } from 'kinograd/stages'
 * import type { Judge } from 'kinograd/teacher'
 * import { firstValueFrom } from 'rxjs'
 *
 * const more = { options: [], path: 'a.mp4', source: '' }
 * const record: VideoRecord = { ...more, id: 'a', problem: 'How many balls?', answer: '3', problemType: 'numerical', dataType: 'video' }
 *
 * const tags = template({ perception: ['observation'] })
 * const tokenizer = { pieces: (ids: Int32Array) => Array.from(ids, id => String.fromCharCode(id)) }
 * const read = readRollout(tags, tokenizer)
 * const rollouts = ['3', '4'].map(n => {
 *   const text = `<observation>${n} balls</observation>`
 *   return read({ ids: Int32Array.from(text, c => c.charCodeAt(0)), stop: 'length' })
 * })
 *
 * const judge: Judge = {
 *   name: 'rule',
 *   judge: ({ record, observation }) => TE.right({ sufficient: observation.includes(record.answer) }),
 * }
 * const item = await firstValueFrom(
 *   items([{ record, rollouts }]).pipe(
 *     score({
 *       accuracy: { perception: sufficiencyReward(judge, ({ processes }) => processes.perception?.observation ?? null) },
 *       length: { perception: noLength },
 *     }),
 *   ),
 * )
 * assert(E.isRight(item))
 * assert.deepEqual(item.right.rewards.parts.perception.map(part => part.accuracy), [1, 0])
 * ```
 */
export const sufficiencyReward = <R extends VideoRecord, K extends string, T extends string>(
  judge: Judge<R>,
  observation: (rollout: Rollout<K, T>) => string | null,
  options: { readonly onFault?: OnFault } = {},
): ProcessAccuracy<R, K, T> => {
  const judged = judgementOf(judge, options)
  return (record, rollout, signal) => {
    const seen = observation(rollout)
    return seen === null ? 0 : F.pipe(judged({ record, observation: seen }, signal), TE.map(scoredBy))
  }
}

/**
 * Accuracy of reasoning: the answer by the metric of the record's problem type (R_acc,R of arXiv 2511.11113, equation 4; `accuracy` of
 * `kinograd/reward`). `answer` takes the answer out of a rollout; `taggedAnswer` reads it between its tags. For `accuracy` of `score`.
 * Left: a truth that its problem type cannot score.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import type { VideoRecord } from 'kinograd/dataset'
 * import { items } from 'kinograd/flow'
 * import { template } from 'kinograd/process'
 * import { noLength, taggedAnswer } from 'kinograd/reward'
 * import { answerReward, readRollout, score } from 'kinograd/stages'
 * import { firstValueFrom } from 'rxjs'
 *
 * const more = { options: [], path: 'a.mp4', source: '' }
 * const record: VideoRecord = { ...more, id: 'a', problem: 'How many balls?', answer: '3', problemType: 'numerical', dataType: 'video' }
 *
 * const tags = template({ reasoning: ['answer'] })
 * const tokenizer = { pieces: (ids: Int32Array) => Array.from(ids, id => String.fromCharCode(id)) }
 * const read = readRollout(tags, tokenizer)
 * const rollouts = ['3', '4'].map(n => {
 *   const text = `<answer>${n}</answer>`
 *   return read({ ids: Int32Array.from(text, c => c.charCodeAt(0)), stop: 'length' })
 * })
 *
 * const item = await firstValueFrom(
 *   items([{ record, rollouts }]).pipe(
 *     score({
 *       accuracy: { reasoning: answerReward(({ text }) => taggedAnswer(text)) },
 *       length: { reasoning: noLength },
 *     }),
 *   ),
 * )
 * assert(E.isRight(item))
 * assert.deepEqual(item.right.rewards.parts.reasoning.map(part => part.accuracy), [1, 0])
 * ```
 */
export const answerReward =
  <R extends VideoRecord, K extends string, T extends string>(
    answer: (rollout: Rollout<K, T>) => string,
  ): ProcessAccuracy<R, K, T> =>
  (record, rollout) =>
    TE.fromEither(accuracyReward()(record.problemType)(answer(rollout), record.answer, { options: record.options }))
