import type { either } from 'fp-ts'
import type { Observable } from 'rxjs'
import type { StageError } from './fault.ts'
import type { Fields } from './needs.ts'
import type { Item } from './stage.ts'

/** The fields of the items of a stream, under names that say which stage adds them; of another stream nothing is known. */
type FieldsOf<X> = [X] extends [either.Either<StageError, infer A>] ? Fields<A> : unknown

/** An operator behind a stream of `X`: any of RxJS's, or a stage that finds its fields there. */
type Behind<X, Y> = (this: FieldsOf<X>, source: Observable<X>) => Observable<Y>

/**
 * A stream of items at its source: an Observable whose `pipe` takes the operators that RxJS's takes, and says of a stage in the wrong
 * place which field it misses and which stage adds it.
 */
export interface Items<A> extends Observable<Item<A>> {
  pipe(): Observable<Item<A>>
  pipe<B>(b: Behind<Item<A>, B>): Observable<B>
  pipe<B, C>(b: Behind<Item<A>, B>, c: Behind<B, C>): Observable<C>
  pipe<B, C, D>(b: Behind<Item<A>, B>, c: Behind<B, C>, d: Behind<C, D>): Observable<D>
  pipe<B, C, D, E>(b: Behind<Item<A>, B>, c: Behind<B, C>, d: Behind<C, D>, e: Behind<D, E>): Observable<E>
  pipe<B, C, D, E, F>(
    b: Behind<Item<A>, B>,
    c: Behind<B, C>,
    d: Behind<C, D>,
    e: Behind<D, E>,
    f: Behind<E, F>,
  ): Observable<F>
  pipe<B, C, D, E, F, G>(
    b: Behind<Item<A>, B>,
    c: Behind<B, C>,
    d: Behind<C, D>,
    e: Behind<D, E>,
    f: Behind<E, F>,
    g: Behind<F, G>,
  ): Observable<G>
  pipe<B, C, D, E, F, G, H>(
    b: Behind<Item<A>, B>,
    c: Behind<B, C>,
    d: Behind<C, D>,
    e: Behind<D, E>,
    f: Behind<E, F>,
    g: Behind<F, G>,
    h: Behind<G, H>,
  ): Observable<H>
  pipe<B, C, D, E, F, G, H, I>(
    b: Behind<Item<A>, B>,
    c: Behind<B, C>,
    d: Behind<C, D>,
    e: Behind<D, E>,
    f: Behind<E, F>,
    g: Behind<F, G>,
    h: Behind<G, H>,
    i: Behind<H, I>,
  ): Observable<I>
  pipe<B, C, D, E, F, G, H, I, J>(
    b: Behind<Item<A>, B>,
    c: Behind<B, C>,
    d: Behind<C, D>,
    e: Behind<D, E>,
    f: Behind<E, F>,
    g: Behind<F, G>,
    h: Behind<G, H>,
    i: Behind<H, I>,
    j: Behind<I, J>,
  ): Observable<J>
  pipe<B, C, D, E, F, G, H, I, J>(
    b: Behind<Item<A>, B>,
    c: Behind<B, C>,
    d: Behind<C, D>,
    e: Behind<D, E>,
    f: Behind<E, F>,
    g: Behind<F, G>,
    h: Behind<G, H>,
    i: Behind<H, I>,
    j: Behind<I, J>,
    ...more: readonly ((source: Observable<unknown>) => Observable<unknown>)[]
  ): Observable<unknown>
}
