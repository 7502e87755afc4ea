import { either as E } from 'fp-ts'
import { concatMap, of, timer } from 'rxjs'
import type { Policy } from './attempt.ts'
import { defect, type Fault, fault } from './fault.ts'

/** How often to try, and how long to wait in between. */
export interface Retry {
  /** How often to try in all, the first time included. */
  readonly attempts: number
  /** Milliseconds to wait after the nth failed attempt (from 1); `exponential(500)` by default. */
  readonly backoff?: (failedAttempts: number) => number
  /** The share of every wait that is left to chance, 0 to 1, so that many callers don't come back at once; 0.5 by default. */
  readonly jitter?: number
  /** Milliseconds that the fault itself asks for (an HTTP Retry-After). Waited for in full, without jitter. */
  readonly retryAfter?: (fault: Fault) => number | undefined
  /** Which faults are worth another try; all by default. */
  readonly when?: (fault: Fault) => boolean
  /** Numbers between 0 and 1 for the jitter; `Math.random` by default. */
  readonly random?: () => number
}

/**
 * Waits in milliseconds that double from `firstMs` up to `maxMs`: what to wait after the nth failed attempt.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { exponential } from 'kinograd/flow'
 *
 * assert.deepEqual([1, 2, 3, 9].map(exponential(500)), [500, 1000, 2000, 30_000])
 * ```
 */
export const exponential =
  (firstMs: number, maxMs = 30_000) =>
  (failedAttempts: number): number =>
    Math.min(maxMs, firstMs * 2 ** (failedAttempts - 1))

/**
 * Tries again when an attempt fails. The last fault is the answer when the attempts are used up, and says so.
 * Unsubscribing stops the attempt or the wait. Throws a `Defect` if `attempts` is not a positive integer.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E, taskEither as TE } from 'fp-ts'
 * import { fault, items, iterate, retry, stage } from 'kinograd/flow'
 *
 * let tries = 0
 * const busy = fault('Busy', 'the server is busy', 'Try later')
 * const ask = stage.fromTaskEither(
 *   { name: 'ask', item: String, policies: [retry<number>({ attempts: 3, backoff: () => 1 })] },
 *   (n: number) => TE.fromEither(++tries < 3 ? E.left(busy) : E.right(2 * n)),
 * )
 * for await (const answer of iterate(items([21]).pipe(ask))) assert.deepEqual(answer, E.right(42))
 * assert.equal(tries, 3)
 * ```
 */
export const retry = <A>(options: Retry): Policy<A> => {
  const { attempts, backoff = exponential(500), jitter = 0.5, random = Math.random } = options
  const { retryAfter = () => undefined, when = () => true } = options
  if (!(Number.isInteger(attempts) && attempts > 0))
    throw defect(fault('BadRetry', `retry with ${attempts} attempts`, 'Give an integer of at least 1'))
  const wait = (n: number, wrong: Fault): number => retryAfter(wrong) ?? backoff(n) * (1 - jitter * random())
  return attempt => {
    type Answers = ReturnType<typeof attempt>
    return a => {
      const tryFrom = (n: number): Answers =>
        attempt(a).pipe(
          concatMap((answer): Answers => {
            if (E.isRight(answer) || !when(answer.left)) return of(answer)
            if (n === attempts) return of(n === 1 ? answer : E.left(exhausted(answer.left, n)))
            return timer(wait(n, answer.left)).pipe(concatMap(() => tryFrom(n + 1)))
          }),
        )
      return tryFrom(1)
    }
  }
}

const exhausted = (last: Fault, attempts: number): Fault => ({
  ...last,
  cause: `${last.cause} (the last of ${attempts} attempts)`,
})
