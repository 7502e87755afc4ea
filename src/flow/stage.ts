import type { either as E } from 'fp-ts'
import type { OperatorFunction } from 'rxjs'
import type { StageError } from './fault.ts'

/** What flows between stages: an item, or the error that took its place. */
export type Item<A> = E.Either<StageError, A>

/**
 * A stage: an ordinary RxJS operator over items. Failed items pass through untouched.
 * The one alias of RxJS's operator type in this library.
 */
export type Stage<A, B> = OperatorFunction<Item<A>, Item<B>>
