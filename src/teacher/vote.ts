import { either as E } from 'fp-ts'
import type { VideoRecord } from '../dataset/index.ts'
import { defect, fault } from '../flow/index.ts'
import { isLasting, teacherFault } from './fault.ts'
import type { JudgeRequest } from './judge.ts'
import type { Judge, Judged, TeacherFault } from './types.ts'

const counted = (yes: number, no: number, unread: readonly TeacherFault[]): string =>
  [`${yes} Yes`, `${no} No`, ...(unread.length === 0 ? [] : [`${unread.length} without a verdict`])].join(', ')

/** Faults of the run, not of a vote: they end it. */
const endsAll = (wrong: TeacherFault): boolean =>
  isLasting(wrong) || wrong._tag === 'Cancelled' || wrong._tag === 'BadCache'

const decided = (
  name: string,
  k: number,
  votes: readonly E.Either<TeacherFault, Judged>[],
): E.Either<TeacherFault, Judged> => {
  const unread = votes.flatMap(one => (E.isLeft(one) ? [one.left] : []))
  const ending = unread.find(endsAll)
  if (ending !== undefined) return E.left(ending)
  const read = votes.flatMap(one => (E.isRight(one) ? [one.right] : []))
  const yes = read.filter(({ sufficient }) => sufficient).length
  const no = read.length - yes
  const told = counted(yes, no, unread)
  if (2 * Math.max(yes, no) > k) {
    const sufficient = yes > no
    const reason = read.find(one => one.sufficient === sufficient && one.reason !== undefined)?.reason
    return E.right({ sufficient, reason: reason === undefined ? told : `${told}: ${reason}` })
  }
  // A server that was away is told as such: the question may be asked again later.
  const away = unread.find(({ _tag }) => _tag !== 'Unreadable' && _tag !== 'Refused')
  const cause = `${name}: no majority of ${k} votes (${told})`
  return E.left(
    away === undefined
      ? teacherFault('Unreadable', cause, 'The rollout stays unscored.')
      : teacherFault(away._tag, `${cause}; ${away.cause}`, away.remedy),
  )
}

/**
 * A judge that is asked k times at once and decides by more than half of k; its reason begins with the count (`2 Yes, 1 No`). For
 * judges that answer by chance: where a server takes a temperature, give it one above 0. k is odd, so that votes that can be read
 * never tie. Votes that cannot be had count for neither side: where they leave no majority, or a tie, the fault is `Unreadable`
 * with the count, or that of the server. A fault that stands for all questions ends the vote as it is. Throws a `Defect` for an
 * even k. Each vote has a number (`voter`), by which a cache keeps its answer apart.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E, taskEither as TE } from 'fp-ts'
 * import { type Judge, vote } from 'kinograd/teacher'
 *
 * const moody: Judge = { name: 'moody', judge: ({ voter = 0 }) => TE.right({ sufficient: voter !== 1 }) }
 * const record = { id: '1', problem: 'How many?', problemType: 'numerical', dataType: 'video', options: [] } as const
 * const request = { record: { ...record, answer: '3', path: 'a.mp4', source: '' }, observation: '3 balls.' }
 * const judged = await vote(moody, 3).judge(request, new AbortController().signal)()
 * assert.deepEqual(judged, E.right({ sufficient: true, reason: '2 Yes, 1 No' }))
 * ```
 */
export const vote = <R extends VideoRecord = VideoRecord>(judge: Judge<R>, k: number): Judge<R> => {
  if (!(Number.isInteger(k) && k > 0 && k % 2 === 1))
    throw defect(fault('BadVotes', `a vote of ${k}`, 'Give an odd number, such as 3'))
  if (k === 1) return judge
  const name = `${judge.name} × ${k}`
  return {
    name,
    judge: (request: JudgeRequest<R>, signal) => async () => {
      const votes = Array.from({ length: k }, (_, voter) => judge.judge({ ...request, voter }, signal)())
      return decided(name, k, await Promise.all(votes))
    },
  }
}
