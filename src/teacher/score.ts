import { function as F, taskEither as TE } from 'fp-ts'
import type { VideoRecord } from '../dataset/index.ts'
import type { JudgeRequest } from './judge.ts'
import type { Judge, Judged, TeacherFault } from './types.ts'

/**
 * What a judgement costs that could not be had: `unscored` leaves one rollout without a score, `retry` asks once more
 * and then leaves it unscored, `fail` is a Left, which drops its group.
 */
export type OnFault = 'unscored' | 'retry' | 'fail'

/** Faults that may be gone with the next question. The others stand for every judgement to come, and so they are told. */
const passing: ReadonlySet<TeacherFault['_tag']> = new Set([
  'Refused',
  'Truncated',
  'Unreadable',
  'RateLimited',
  'Unreachable',
  'TimedOut',
])

/**
 * What a judge finds, or null for a judgement that could not be had, by the policy of `judgementScore`; with the judge's
 * reason where it keeps reasons.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E, taskEither as TE } from 'fp-ts'
 * import { type Judge, judgementOf } from 'kinograd/teacher'
 *
 * const strict: Judge = { name: 'strict', judge: () => TE.right({ sufficient: false, reason: 'the colour is missing' }) }
 * const record = { id: '1', problem: 'How many?', problemType: 'numerical', dataType: 'video', options: [] } as const
 * const request = { record: { ...record, answer: '3', path: 'a.mp4', source: '' }, observation: '3 balls.' }
 * const judged = await judgementOf(strict)(request, new AbortController().signal)()
 * assert(E.isRight(judged) && judged.right?.reason === 'the colour is missing')
 * ```
 */
export const judgementOf =
  <R extends VideoRecord>(judge: Judge<R>, { onFault = 'unscored' }: { readonly onFault?: OnFault } = {}) =>
  (request: JudgeRequest<R>, signal: AbortSignal): TE.TaskEither<TeacherFault, Judged | null> => {
    // The judge is asked when the task runs, and again when it runs again.
    const judged: TE.TaskEither<TeacherFault, Judged | null> = () => judge.judge(request, signal)()
    const unscored = TE.orElse((given: TeacherFault) =>
      passing.has(given._tag) ? TE.right(null) : TE.left<TeacherFault, Judged | null>(given),
    )
    if (onFault === 'fail') return judged
    if (onFault === 'unscored') return unscored(judged)
    return F.pipe(
      judged,
      TE.orElse(given => (passing.has(given._tag) && given._tag !== 'Unreadable' ? judged : TE.left(given))),
      unscored,
    )
  }

/**
 * A judge as a score: 1 for sufficient, 0 for not, null for a judgement that could not be had. One refusal or one lost
 * connection leaves one rollout of a group unscored, and the others are compared among themselves. Left, whatever
 * `onFault` says: what cannot get better by going on (`NoKey`, `SpendLimit`, `BadRequest`, `BadCache`, `Cancelled`).
 * An answer that stays unreadable is not asked for again by `retry`: the judge has done so.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E, taskEither as TE } from 'fp-ts'
 * import { type Judge, judgementScore } from 'kinograd/teacher'
 *
 * const away: Judge = { name: 'away', judge: () => TE.left({ _tag: 'Unreachable', cause: 'no route', remedy: 'wait' }) }
 * const record = { id: '1', problem: 'How many?', problemType: 'numerical', dataType: 'video', options: [] } as const
 * const request = { record: { ...record, answer: '3', path: 'a.mp4', source: '' }, observation: '3 balls.' }
 * const { signal } = new AbortController()
 * assert.deepEqual(await judgementScore(away)(request, signal)(), E.right(null))
 * assert(E.isLeft(await judgementScore(away, { onFault: 'fail' })(request, signal)()))
 * ```
 */
export const judgementScore =
  <R extends VideoRecord>(judge: Judge<R>, options: { readonly onFault?: OnFault } = {}) =>
  (request: JudgeRequest<R>, signal: AbortSignal): TE.TaskEither<TeacherFault, number | null> =>
    F.pipe(
      judgementOf(judge, options)(request, signal),
      TE.map(judged => (judged === null ? null : judged.sufficient ? 1 : 0)),
    )
