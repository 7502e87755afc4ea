import { either as E } from 'fp-ts'
import { firstValueFrom, fromEvent, map, merge, take } from 'rxjs'
import { attempting, type Fault, type Policy, under } from '../flow/index.ts'
import { teacherFault } from './fault.ts'
import type { Answer, Question, Teacher, TeacherFault } from './types.ts'

const known = (fault: Fault): TeacherFault =>
  fault._tag === 'TooHeavy' || fault._tag === 'Thrown'
    ? teacherFault('BadRequest', fault.cause, fault.remedy)
    : (fault as TeacherFault)

/**
 * A teacher under policies of the flow room, the first one innermost: `[rateLimit({ requestsPerMinute: 50 })]`. One
 * value of a rate limit is one limit, so give annotator and judge the same value where they share a key.
 */
export const limited = (teacher: Teacher, policies: readonly Policy<Question>[]): Teacher => {
  const attempt = under(policies)(attempting<Question, Answer>(teacher.ask))
  return {
    name: teacher.name,
    ask: (question, signal) => async () => {
      const cancelled = E.left(teacherFault('Cancelled', `${teacher.name}: cancelled`, ''))
      if (signal.aborted) return cancelled
      const aborted = fromEvent(signal, 'abort').pipe(map(() => cancelled))
      return E.mapLeft(known)(await firstValueFrom(merge(attempt(question), aborted).pipe(take(1))))
    },
  }
}
