import type { either as E } from 'fp-ts'
import type { Observable, OperatorFunction } from 'rxjs'
import type { StageError } from './fault.ts'
import type { Fields, Receiver, Wanted } from './needs.ts'

/** What flows between stages: an item, or the error that took its place. */
export type Item<A> = E.Either<StageError, A>

/** Several items that go on together, with those that failed on the way: nothing leaves a batch uncounted. */
export interface Batch<A> {
  /** Position in the stream of batches, from 0. */
  readonly index: number
  readonly items: readonly A[]
  readonly failed: readonly StageError[]
}

/**
 * A stage: an ordinary RxJS operator over items. Failed items pass through untouched.
 * The one alias of RxJS's operator type in this library.
 */
export type Stage<A, B> = OperatorFunction<Item<A>, Item<B>>

/**
 * What `pipeline` and `within` give: a stage made of stages. It keeps which fields they read in the type of `this`, from which the
 * compiler names a missing field and the stage that adds it; at run time nothing uses it.
 */
export type Composed<A, B> = (this: Receiver<A>, source: Observable<Item<A>>) => Observable<Item<B>>

/**
 * A stage that reads the fields `N` of an item and adds the fields `P`. The rest of the item stays, whatever it is, so
 * that fields of your own reach the stages behind it.
 */
export type Adding<N, P> = <A extends N>(this: Wanted<N>, source: Observable<Item<A>>) => Observable<Item<A & P>>

/** A stage that reads `N` of an item and puts `B` in its place. */
export type Replacing<N, B> = <A extends N>(this: Wanted<N>, source: Observable<Item<A>>) => Observable<Item<B>>

/** What `pipeline`, `each` and `within` take as a stage for items `A`. */
export type Taking<A, B> = (this: Fields<A>, source: Observable<Item<A>>) => Observable<Item<B>>

/**
 * A stage behind another one that gives items `A`. (`A & {}` is `A`: written so, the compiler takes the type of the items from the stage
 * before and not from what this one would like, and blames the stage that stands wrong.)
 */
export type Following<A, B> = (this: Fields<A>, source: Observable<Item<A & {}>>) => Observable<Item<B>>

/** A stage that reads `N` of items of a known type `A` and adds `P`. */
export type Reading<N, A, P> = (this: Wanted<N>, source: Observable<Item<A>>) => Observable<Item<NoInfer<A> & P>>

/** A stage that reads `N` of every member of a batch and adds `P` to it; what else a member holds stays. */
export type AddingToMembers<N, P> = <A extends N>(
  this: Wanted<Batch<N>>,
  source: Observable<Item<Batch<A>>>,
) => Observable<Item<Batch<A & P>>>

/**
 * Lets a function that is written inside a pipeline take the type of the items there, without being told. In a stage that stands in a
 * constant of its own the items are not known: a second signature is used there, in which the function's parameters say what it reads.
 */
export type Known<A> = [A] extends [object | string | number | bigint | boolean | symbol | null | undefined]
  ? unknown
  : { readonly 'say what the function reads': never }
