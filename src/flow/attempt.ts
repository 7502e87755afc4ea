import { either as E, type taskEither as TE } from 'fp-ts'
import { Observable } from 'rxjs'
import { type Fault, isDefect, thrownFault } from './fault.ts'
import { isEither, notAnEither } from './foreign.ts'

/** One try at one item: subscribing starts it, unsubscribing stops it, and it sends one answer. */
export type Attempt<A, B> = (a: A) => Observable<E.Either<Fault, B>>

/**
 * A function that can fail as it is usually written; the signal fires on unsubscribe and on timeout, not on success.
 * A function that declares the item as its only parameter is not given a signal: making one costs more than a small item.
 */
export type Work<A, B> = (a: A, signal: AbortSignal) => TE.TaskEither<Fault, B>

/**
 * Changes how an item is tried: `retry`, `timeout`, `rateLimit`, `circuit`, or one's own. It is given an attempt and
 * gives back another one.
 */
export type Policy<A> = <B>(attempt: Attempt<A, B>) => Attempt<A, B>

/**
 * Applies policies, the first one innermost: `[timeout(1000), retry({ attempts: 3 })]` times out every single try.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E, taskEither as TE } from 'fp-ts'
 * import { attempting, retry, timeout, under } from 'kinograd/flow'
 * import { firstValueFrom } from 'rxjs'
 *
 * const double = attempting((n: number) => TE.right(2 * n))
 * const patient = under([timeout<number>(1000), retry<number>({ attempts: 3 })])(double)
 * assert.deepEqual(await firstValueFrom(patient(21)), E.right(42))
 * ```
 */
export const under =
  <A>(policies: readonly Policy<A>[]) =>
  <B>(attempt: Attempt<A, B>): Attempt<A, B> =>
    policies.reduce((wrapped, policy) => policy(wrapped), attempt)

/**
 * Starts a function on one item and gives back how to stop it. What it throws or rejects with becomes the fault
 * `Thrown`, unless it is a `Defect`, which is raised.
 */
export const begin = <A, B>(
  work: Work<A, B>,
  a: A,
  answer: (result: E.Either<Fault, B>) => void,
  raise: (error: unknown) => void,
): (() => void) => {
  const controller = work.length === 1 ? undefined : new AbortController()
  let settled = false
  const succeeded = (result: E.Either<Fault, B>) => {
    if (!isEither(result)) return failed(notAnEither(result))
    settled = true
    answer(result)
  }
  const failed = (error: unknown) => {
    settled = true
    if (isDefect(error)) raise(error)
    else answer(E.left(thrownFault(error)))
  }
  try {
    work(a, controller?.signal ?? never)().then(succeeded, failed)
  } catch (error) {
    failed(error)
  }
  return () => {
    if (!settled) controller?.abort()
  }
}

/**
 * Makes an attempt of a function: for policies of one's own and for trying them in tests. What the function throws or
 * rejects with becomes the fault `Thrown`, unless it is a `Defect`, which goes down the error channel.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E, taskEither as TE } from 'fp-ts'
 * import { attempting } from 'kinograd/flow'
 * import { firstValueFrom } from 'rxjs'
 *
 * const double = attempting((n: number) => TE.right(2 * n))
 * assert.deepEqual(await firstValueFrom(double(21)), E.right(42))
 * ```
 */
export const attempting =
  <A, B>(work: Work<A, B>): Attempt<A, B> =>
  a =>
    new Observable(subscriber =>
      begin(
        work,
        a,
        answer => {
          subscriber.next(answer)
          subscriber.complete()
        },
        error => subscriber.error(error),
      ),
    )

/** For functions that declare no signal. */
const never = new AbortController().signal
