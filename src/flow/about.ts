import { either as E } from 'fp-ts'
import type { Policy } from './attempt.ts'
import { stageError, thrownFault } from './fault.ts'
import type { Item } from './stage.ts'

/** What every stage says about itself. */
export interface About<A> {
  /** What the stage is called in errors, diagrams and the watchdog's report. */
  readonly name: string
  /** What an item is called: usually `a => a.record.id`. */
  readonly item: (a: A) => string
}

/** What a stage with a function that can fail says about itself. */
export interface AboutAttempt<A> extends About<A> {
  /** Retry, timeout, limits: the first is the innermost. */
  readonly policies?: readonly Policy<A>[]
}

/** The `Left` of an item whose function threw. */
export const thrownAt = <A>(about: About<A>, a: A, thrown: unknown): Item<never> =>
  E.left(stageError(about.name, called(about, a), thrownFault(thrown)))

/** What an item is called. Where the function that names items throws, the name says so. */
export const called = <A>(about: About<A>, a: A): string => {
  try {
    return about.item(a)
  } catch (error) {
    return `(not to be named: ${String(error)})`
  }
}
