import { either as E } from 'fp-ts'
import { type Attempt, type Fault, fault, type Policy } from 'kinograd/flow'
import { map, type Observable } from 'rxjs'
import { TestScheduler } from 'rxjs/testing'
import { expect } from 'vitest'

export type Answer = E.Either<Fault, string>

/** Runs a marble test: letters are good answers, `x` and `y` are the faults of these names. */
export const marbles = (run: (helpers: Parameters<Parameters<TestScheduler['run']>[0]>[0]) => void): void =>
  new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(run)

export const answered = (marble: string): Answer =>
  marble === 'x' || marble === 'y' ? E.left(fault(marble, `fault ${marble}`, 'none')) : E.right(marble)

/** The outcome of an attempt in short: the letter, or the tag of its fault. */
export const short = (source: Observable<Answer>): Observable<string> =>
  source.pipe(map(answer => (E.isRight(answer) ? answer.right : answer.left._tag)))

/** A policy over an attempt whose answers are given one after the other. */
export const attempted = (policy: Policy<string>, tries: readonly Observable<Answer>[]): Attempt<string, string> => {
  let count = 0
  return policy((): Observable<Answer> => {
    const next = tries[count]
    count += 1
    if (next === undefined) throw new Error(`attempt ${count} was not expected`)
    return next
  })
}
