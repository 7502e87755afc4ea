import { either as E, type taskEither as TE } from 'fp-ts'
import { firstValueFrom, merge, Observable, take } from 'rxjs'
import { attempting, type Fault, onAbort, type Policy, under, type Work } from '../flow/index.ts'
import { teacherFault } from './fault.ts'
import { type TeacherFault, teacherFaults, type Usage } from './types.ts'

const usageOf = (more: object): Usage | undefined => ('usage' in more ? (more.usage as Usage) : undefined)

/** A fault of a policy, or of what was thrown, as one of this room; it does not know who was asked. */
const known = (name: string, { _tag, cause, remedy, ...more }: Fault): TeacherFault => {
  const tag = teacherFaults.find(own => own === _tag) ?? (_tag === 'CircuitOpen' ? 'Unreachable' : 'BadRequest')
  const ofTeacher = tag === _tag && (tag !== 'TimedOut' || cause.startsWith(name))
  return teacherFault(tag, ofTeacher ? cause : `${name}: ${cause}`, remedy, usageOf(more))
}

/**
 * Work for a teacher under policies of the flow room, the first one innermost. It ends at once when the signal fires,
 * also while it waits its turn. What it throws, and faults of policies that the room does not know, become faults of
 * the room: `Unreachable` for an open circuit, else `BadRequest`.
 */
export const answered = <A, B>(
  name: string,
  work: Work<A, B>,
  policies: readonly Policy<A>[],
): ((request: A, signal: AbortSignal) => TE.TaskEither<TeacherFault, B>) => {
  const attempt = under(policies)(attempting<A, B>((request, signal) => work(request, signal)))
  return (request, signal) => async () => {
    const cancelled = E.left(teacherFault('Cancelled', `${name}: cancelled`, ''))
    if (signal.aborted) return cancelled
    const aborted = new Observable<typeof cancelled>(subscriber => onAbort(signal, () => subscriber.next(cancelled)))
    return E.mapLeft((wrong: Fault) => known(name, wrong))(
      await firstValueFrom(merge(attempt(request), aborted).pipe(take(1))),
    )
  }
}
