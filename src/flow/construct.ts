import { either as E, taskEither as TE } from 'fp-ts'
import type { Observable } from 'rxjs'
import { joined } from '../untrusted/index.ts'
import { type About, type AboutAttempt, called } from './about.ts'
import { attempting, begin, under, type Work } from './attempt.ts'
import { eachItem, expandItem } from './each-item.ts'
import { type Fault, fault, stageError } from './fault.ts'
import { eitherOf } from './foreign.ts'
import type { Wanted } from './needs.ts'
import { attachPlan } from './plan.ts'
import type { Pull } from './pull.ts'
import { pullOf } from './source.ts'
import type { Adding, AddingToMembers, Batch, Item, Known, Replacing, Stage } from './stage.ts'

/** A stage of a function that always has an answer. What it throws becomes a `Left` (`Thrown`) of that item. Keeps order, holds one item. */
function pure<A, B>(about: About<NoInfer<A>> & Known<A>, f: (a: NoInfer<A>) => B): Stage<A, B>
function pure<N, B>(about: About<N>, f: (a: N) => B): Replacing<N, B>
function pure<A, B>(about: About<A>, f: (a: A) => B): Stage<A, B> {
  return staged(about, source =>
    eachItem(source, about, (a, send) => {
      send(E.right(f(a)))
    }),
  )
}

/** A stage of a function that can fail. Keeps order, holds one item. */
function fromEither<A, B>(about: About<NoInfer<A>> & Known<A>, f: (a: NoInfer<A>) => E.Either<Fault, B>): Stage<A, B>
function fromEither<N, B>(about: About<N>, f: (a: N) => E.Either<Fault, B>): Replacing<N, B>
function fromEither<A, B>(about: About<A>, f: (a: A) => E.Either<Fault, B>): Stage<A, B> {
  return staged(about, source =>
    eachItem(source, about, (a, send) => {
      const given = eitherOf(f(a))
      send(E.isRight(given) ? given : E.left(stageError(about.name, called(about, a), given.left)))
    }),
  )
}

/**
 * A stage of a function that takes time. Its signal fires when the stream is unsubscribed from and when a `timeout`
 * among the policies strikes. One item at a time: concurrency is what `within` is for.
 */
function fromTaskEither<A, B>(about: AboutAttempt<NoInfer<A>> & Known<A>, work: Work<NoInfer<A>, B>): Stage<A, B>
function fromTaskEither<N, B>(about: AboutAttempt<N>, work: Work<N, B>): Replacing<N, B>
function fromTaskEither<A, B>(about: AboutAttempt<A>, work: Work<A, B>): Stage<A, B> {
  return trying(about, work, (_, b) => b)
}

/** Tries a function for every item and joins the answer to the item in some way. */
const trying = <A, B, C>(about: AboutAttempt<A>, work: Work<A, B>, join: (a: A, b: B) => C): Stage<A, C> => {
  const { policies = [] } = about
  const attempt = under(policies)(attempting(work))
  return staged(about, source =>
    eachItem(source, about, (a, send, raise) => {
      const answer = (given: E.Either<Fault, B>) =>
        send(
          E.isRight(given)
            ? E.right(join(a, given.right))
            : E.left(stageError(about.name, called(about, a), given.left)),
        )
      // Without policies there is no need of an Observable in between.
      return policies.length === 0 ? begin(work, a, answer, raise) : last(attempt(a), answer, raise)
    }),
  )
}

/** Subscribes for the last value, which is given when the source has ended. */
const last = <B>(
  source: Observable<E.Either<Fault, B>>,
  answer: (given: E.Either<Fault, B>) => void,
  raise: (error: unknown) => void,
): (() => void) => {
  let given: E.Either<Fault, B> = E.left(unanswered)
  const subscription = source.subscribe({
    next: value => {
      given = value
    },
    error: raise,
    complete: () => answer(given),
  })
  return () => subscription.unsubscribe()
}

/**
 * A stage of a function that gives any number of outputs for one item, pulled one by one. The signal fires when the
 * stage is closed before the iterable has ended. No output is a `Left` (`Empty`); throwing is a `Left` (`Thrown`) after
 * the outputs that came before.
 */
function fromAsyncIterable<A, B>(
  about: About<NoInfer<A>> & Known<A>,
  f: (a: NoInfer<A>, signal: AbortSignal) => AsyncIterable<E.Either<Fault, B>>,
): Stage<A, B>
function fromAsyncIterable<N, B>(
  about: About<N>,
  f: (a: N, signal: AbortSignal) => AsyncIterable<E.Either<Fault, B>>,
): Replacing<N, B>
function fromAsyncIterable<A, B>(
  about: About<A>,
  f: (a: A, signal: AbortSignal) => AsyncIterable<E.Either<Fault, B>>,
): Stage<A, B> {
  return staged(about, source =>
    expandItem(source, about, a => {
      const controller = new AbortController()
      const open = named(about, a, pullOf(f(a, controller.signal)))
      return sink => {
        let ended = false
        const pulling = open({
          item: sink.item,
          end: () => {
            ended = true
            sink.end()
          },
          fail: error => {
            ended = true
            sink.fail(error)
          },
        })
        return {
          pull: pulling.pull,
          close: () => {
            if (!ended) controller.abort()
            pulling.close()
          },
        }
      }
    }),
  )
}

/** A stage of a function that gives an Observable for one item; `Empty` and `Thrown` as for an async iterable. */
function fromObservable<A, B>(
  about: About<NoInfer<A>> & Known<A>,
  f: (a: NoInfer<A>) => Observable<E.Either<Fault, B>>,
): Stage<A, B>
function fromObservable<N, B>(about: About<N>, f: (a: N) => Observable<E.Either<Fault, B>>): Replacing<N, B>
function fromObservable<A, B>(about: About<A>, f: (a: A) => Observable<E.Either<Fault, B>>): Stage<A, B> {
  return staged(about, source => expandItem(source, about, a => named(about, a, pullOf(f(a)))))
}

/**
 * A stage that adds fields: the item stays, the fields of the result join it. Inside a pipeline the function's item has
 * the type of the items there. In a constant of its own, say what the function reads: the stage takes every item that
 * has it.
 */
function adding<A, B extends object>(
  about: AboutAttempt<NoInfer<A>> & Known<A>,
  work: Work<NoInfer<A>, B>,
): Stage<A, NoInfer<A> & B>
function adding<N, B extends object>(about: AboutAttempt<N>, work: Work<N, B>): Adding<N, B>
function adding<A, B extends object>(about: AboutAttempt<A>, work: Work<A, B>): Stage<A, A & B> {
  return trying(about, work, joined)
}

/** A stage that adds fields which are known at once; its types are those of `adding`. */
function addingEither<A, B extends object>(
  about: About<NoInfer<A>> & Known<A>,
  f: (a: NoInfer<A>) => E.Either<Fault, B>,
): Stage<A, NoInfer<A> & B>
function addingEither<N, B extends object>(about: About<N>, f: (a: N) => E.Either<Fault, B>): Adding<N, B>
function addingEither<A, B extends object>(about: About<A>, f: (a: A) => E.Either<Fault, B>): Stage<A, A & B> {
  return fromEither(about, (a: A) => {
    const given = f(a)
    return E.isRight(given) ? E.right(joined(a, given.right)) : given
  })
}

/**
 * A stage of a function over a whole batch that gives every member fields of its own, in the order of the members.
 * Left: `UnequalLengths`, results for more or fewer members than there are.
 */
const addingToMembers = <N, P extends object>(
  about: AboutAttempt<Batch<N>>,
  work: (batch: Batch<N>, signal: AbortSignal) => TE.TaskEither<Fault, readonly P[]>,
): AddingToMembers<N, P> => {
  const oneEach = (batch: Batch<N>, signal: AbortSignal) =>
    TE.filterOrElse(
      (added: readonly P[]) => added.length === batch.items.length,
      (added): Fault =>
        fault(
          'UnequalLengths',
          `${added.length} results for ${batch.items.length} members`,
          'Give one result a member, in their order',
        ),
    )(work(batch, signal))
  const join = (batch: Batch<N>, added: readonly P[]): Batch<N & P> => ({
    ...batch,
    items: batch.items.map((item, i) => joined(item, added[i]!)),
  })
  return trying(about, oneEach, join) as AddingToMembers<N, P>
}

/** What is left of an item when some fields are taken away. */
export type Without<A, K> = { [Field in keyof A as Field extends K ? never : Field]: A[Field] }

/** A stage that takes the fields `K` away; what else an item holds stays. */
export type Dropping<K extends string> = <A extends Readonly<Record<K, unknown>>>(
  this: Wanted<Readonly<Record<K, unknown>>>,
  source: Observable<Item<A>>,
) => Observable<Item<Without<A, K>>>

/** A stage that takes fields away: the last one of a scope in which something heavy lived. */
const dropping = <K extends string>(...keys: readonly K[]): Dropping<K> => {
  const about = { name: `drop ${keys.join(', ')}`, item: () => '' }
  const dropped: ReadonlySet<string> = new Set(keys)
  const operator = <A extends object>(source: Observable<Item<A>>) =>
    eachItem<A, Without<A, K>>(source, about, (a, send) => {
      send(E.right(Object.fromEntries(Object.entries(a).filter(([field]) => !dropped.has(field))) as Without<A, K>))
    })
  return attachPlan({ kind: 'stage', name: about.name, parts: [] }, operator)
}

/**
 * The first stage of a pipeline that is kept in a constant: tells the compiler which items the pipeline is for, and hands every item on
 * as it is: `pipeline('reward', stage.taking<HasRecord<Mine> & HasGroup>(), …)`. A pipeline that is given its items where it stands needs
 * no such word.
 */
const taking = <N>(): Adding<N, unknown> =>
  attachPlan({ kind: 'stage', name: 'taking', parts: [] }, <A extends N>(source: Observable<Item<A>>) => source)

/**
 * Makes stages of functions. Failed items pass every one of them untouched.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { fault, items, iterate, stage } from 'kinograd/flow'
 *
 * const item = ({ id }: { readonly id: string }) => id
 * const length = stage.addingEither({ name: 'length', item }, ({ id }) =>
 *   id === '' ? E.left(fault('Nameless', 'the id is empty', 'Give every clip an id')) : E.right({ length: id.length }),
 * )
 * const seen: unknown[] = []
 * for await (const clip of iterate(items([{ id: 'abc' }, { id: '' }]).pipe(length)))
 *   seen.push(E.isRight(clip) ? clip.right : clip.left.fault._tag)
 * assert.deepEqual(seen, [{ id: 'abc', length: 3 }, 'Nameless'])
 * ```
 */
export const stage = {
  pure,
  fromEither,
  fromTaskEither,
  fromAsyncIterable,
  fromObservable,
  adding,
  addingEither,
  addingToMembers,
  dropping,
  taking,
} as const

const staged = <A, B>(about: { readonly name: string }, operator: Stage<A, B>): Stage<A, B> =>
  attachPlan({ kind: 'stage', name: about.name, parts: [] }, operator)

const named =
  <A, B>(about: About<A>, a: A, open: Pull<E.Either<Fault, B>>): Pull<Item<B>> =>
  sink =>
    open({
      item: answer => sink.item(E.mapLeft((wrong: Fault) => stageError(about.name, called(about, a), wrong))(answer)),
      end: sink.end,
      fail: sink.fail,
    })

const unanswered = fault('Empty', 'a policy ended without an answer', 'A policy must pass on one answer')
