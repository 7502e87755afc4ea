import { either as E, type taskEither as TE } from 'fp-ts'
import type { Observable } from 'rxjs'
import { type About, type AboutAttempt, called } from './about.ts'
import { attempting, begin, under, type Work } from './attempt.ts'
import { eachItem, expandItem } from './each-item.ts'
import { type Fault, fault, stageError } from './fault.ts'
import { eitherOf } from './foreign.ts'
import { attachPlan } from './plan.ts'
import type { Pull } from './pull.ts'
import { pullOf } from './source.ts'
import type { Item, Stage } from './stage.ts'

/** A stage of a total function. What it throws becomes a `Left` (`Thrown`) of that item. Keeps order, holds one item. */
const pure = <A, B>(about: About<A>, f: (a: A) => B): Stage<A, B> =>
  staged(about, source =>
    eachItem(source, about, (a, send) => {
      send(E.right(f(a)))
    }),
  )

/** A stage of a function that can fail. Keeps order, holds one item. */
const fromEither = <A, B>(about: About<A>, f: (a: A) => E.Either<Fault, B>): Stage<A, B> =>
  staged(about, source =>
    eachItem(source, about, (a, send) => {
      send(E.mapLeft((wrong: Fault) => stageError(about.name, called(about, a), wrong))(eitherOf(f(a))))
    }),
  )

/**
 * A stage of a function that takes time. Its signal fires when the stream is unsubscribed from and when a `timeout`
 * among the policies strikes. One item at a time: concurrency is what `within` is for.
 */
const fromTaskEither = <A, B>(
  about: AboutAttempt<A>,
  work: (a: A, signal: AbortSignal) => TE.TaskEither<Fault, B>,
): Stage<A, B> => trying(about, work, (_, b) => b)

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
const fromAsyncIterable = <A, B>(
  about: About<A>,
  f: (a: A, signal: AbortSignal) => AsyncIterable<E.Either<Fault, B>>,
): Stage<A, B> =>
  staged(about, source =>
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

/** A stage of a function that gives an Observable for one item; `Empty` and `Thrown` as for an async iterable. */
const fromObservable = <A, B>(about: About<A>, f: (a: A) => Observable<E.Either<Fault, B>>): Stage<A, B> =>
  staged(about, source => expandItem(source, about, a => named(about, a, pullOf(f(a)))))

/** A stage that adds fields: the item stays, the fields of the result join it. */
const adding = <A extends object, B extends object>(
  about: AboutAttempt<A>,
  work: (a: A, signal: AbortSignal) => TE.TaskEither<Fault, B>,
): Stage<A, A & B> => trying(about, work, (a, b) => ({ ...a, ...b }))

/** A stage that adds fields which are known at once. */
const addingEither = <A extends object, B extends object>(
  about: About<A>,
  f: (a: A) => E.Either<Fault, B>,
): Stage<A, A & B> => fromEither(about, a => E.map((b: B) => ({ ...a, ...b }))(f(a)))

/** A stage that takes fields away: the last one of a scope in which something heavy lived. */
const dropping = <A extends object, K extends keyof A>(...keys: readonly K[]): Stage<A, Omit<A, K>> =>
  pure({ name: `drop ${keys.join(', ')}`, item: () => '' }, a => {
    const rest: Partial<A> = { ...a }
    for (const key of keys) delete rest[key]
    return rest as Omit<A, K>
  })

/** Makes stages of functions. Failed items pass every one of them untouched. */
export const stage = {
  pure,
  fromEither,
  fromTaskEither,
  fromAsyncIterable,
  fromObservable,
  adding,
  addingEither,
  dropping,
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
