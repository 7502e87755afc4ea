import { either as E } from 'fp-ts'
import { timeout as limited, of } from 'rxjs'
import type { Policy } from './attempt.ts'
import { defect, fault } from './fault.ts'

/**
 * Gives an attempt so many milliseconds. Then its signal fires, it is unsubscribed from, and the answer is the fault
 * `TimedOut`. Before `retry` in the list of policies it bounds every single try, after it all of them together.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { items, iterate, stage, timeout } from 'kinograd/flow'
 *
 * const slow = stage.fromTaskEither(
 *   { name: 'slow', item: String, policies: [timeout<number>(5)] },
 *   (n: number, signal) => () =>
 *     new Promise<E.Either<never, number>>(resolve => {
 *       const timer = setTimeout(() => resolve(E.right(n)), 60_000)
 *       signal.addEventListener('abort', () => clearTimeout(timer))
 *     }),
 * )
 * for await (const answer of iterate(items([1]).pipe(slow)))
 *   assert(E.isLeft(answer) && answer.left.fault._tag === 'TimedOut')
 * ```
 */
export const timeout = <A>(ms: number): Policy<A> => {
  if (!(ms > 0)) throw defect(fault('BadTimeout', `a timeout of ${ms} ms`, 'Give a number above 0'))
  return attempt => a =>
    attempt(a).pipe(
      limited({
        first: ms,
        with: () => of(E.left(fault('TimedOut', `no answer after ${ms} ms`, 'Give it more time, or retry'))),
      }),
    )
}
