import { either as E } from 'fp-ts'
import { isObservable, type Observable } from 'rxjs'
import { fifo } from './fifo.ts'
import { isEither, notAnEither, notASource } from './foreign.ts'
import type { Items } from './items.ts'
import { type Pull, Pulling, PullObservable } from './pull.ts'
import type { Item } from './stage.ts'

/** Where items come from: pulled one by one (iterables), or pushed (an Observable of small references). */
export type Source<A> = Iterable<A> | AsyncIterable<A> | Observable<A>

/**
 * Lifts a source of plain values to a stream of items, which the scopes and batches of this room pull: an endless
 * iterable is fine. Memory: nothing is read ahead; what an Observable pushes before it is asked for waits in a queue
 * (references, so keep them small). `take`, unsubscribing and an error further down call the iterator's `return()`. A
 * source that fails ends the stream with its error, in its place: after what came before it.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { items, iterate } from 'kinograd/flow'
 *
 * for await (const item of iterate(items(['a']))) assert.deepEqual(item, E.right('a'))
 * ```
 */
export const items = <A>(source: Source<A>): Items<A> => {
  const open = pullOf(source)
  return new PullObservable<Item<A>>(sink =>
    open({ item: value => sink.item(E.right(value)), end: sink.end, fail: sink.fail }),
  )
}

/**
 * Like `items`, for a source whose values are items already, such as a reader of records that may be malformed.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { fault, fromItems, type Item, iterate, stageError } from 'kinograd/flow'
 *
 * const lines: readonly Item<string>[] = [
 *   E.right('good'),
 *   E.left(stageError('read', 'line 2', fault('Malformed', 'it is cut off', 'Fetch the file again'))),
 * ]
 * const seen: Item<string>[] = []
 * for await (const item of iterate(fromItems(lines))) seen.push(item)
 * assert.deepEqual(seen, lines)
 * ```
 */
export const fromItems = <A>(source: Source<Item<A>>): Items<A> => {
  const open = pullOf(source)
  return new PullObservable<Item<A>>(sink => {
    const item = (value: Item<A>) => {
      if (isEither(value)) return sink.item(value)
      pulling.close()
      sink.fail(notAnEither(value))
    }
    const pulling = open({ item, end: sink.end, fail: sink.fail })
    return pulling
  })
}

/** The pull side of any source. */
export const pullOf = <A>(source: Source<A>): Pull<A> => {
  if (source instanceof PullObservable) return source.open
  if (isObservable(source)) return pushed(source)
  if (typeof source === 'object' && source !== null) {
    if (Symbol.asyncIterator in source) return asyncIterated(source)
    if (Symbol.iterator in source) return iterated(source)
  }
  throw notASource(source)
}

/** A single value, for the stages that run once per item. */
export const one =
  <A>(value: A): Pull<A> =>
  sink => {
    let sent = false
    return new Pulling(
      () => {
        if (sent) return sink.end()
        sent = true
        sink.item(value)
      },
      () => {},
    )
  }

const iterated =
  <A>(source: Iterable<A>): Pull<A> =>
  sink => {
    let iterator: Iterator<A> | undefined
    let over = false
    return {
      pull: () => {
        if (over) return
        let result: IteratorResult<A>
        try {
          iterator ??= source[Symbol.iterator]()
          result = iterator.next()
        } catch (error) {
          over = true
          return sink.fail(error)
        }
        if (!result.done) return sink.item(result.value)
        over = true
        sink.end()
      },
      close: () => {
        if (over) return
        over = true
        iterator?.return?.()
      },
    }
  }

const asyncIterated =
  <A>(source: AsyncIterable<A>): Pull<A> =>
  sink => {
    let iterator: AsyncIterator<A> | undefined
    let over = false
    const fail = (error: unknown) => {
      if (over) return
      over = true
      sink.fail(error)
    }
    return {
      pull: () => {
        if (over) return
        let next: Promise<IteratorResult<A>>
        try {
          iterator ??= source[Symbol.asyncIterator]()
          next = iterator.next()
        } catch (error) {
          return fail(error)
        }
        next.then(result => {
          if (over) return
          if (!result.done) return sink.item(result.value)
          over = true
          sink.end()
        }, fail)
      },
      close: () => {
        if (over) return
        over = true
        iterator?.return?.()
      },
    }
  }

const pushed =
  <A>(source: Observable<A>): Pull<A> =>
  sink => {
    const waiting = fifo<A>()
    let asked = false
    let ended = false
    let over = false
    let stop = () => {}
    let state: 'new' | 'subscribing' | 'subscribed' = 'new'
    let broken: { readonly error: unknown } | undefined
    const answer = () => {
      if (!asked || over || state === 'subscribing') return
      if (waiting.size() > 0) {
        asked = false
        sink.item(waiting.shift()!)
      } else if (broken !== undefined) {
        over = true
        sink.fail(broken.error)
      } else if (ended) {
        over = true
        sink.end()
      }
    }
    // Answers wait until subscribe() has returned: only then can what a synchronous source opened be closed.
    const subscribe = () => {
      state = 'subscribing'
      const subscription = source.subscribe({
        next: value => {
          waiting.push(value)
          answer()
        },
        error: error => {
          broken = { error }
          answer()
        },
        complete: () => {
          ended = true
          answer()
        },
      })
      stop = () => subscription.unsubscribe()
      state = 'subscribed'
      if (over) stop()
      else answer()
    }
    return {
      pull: () => {
        asked = true
        if (state === 'new') subscribe()
        else answer()
      },
      close: () => {
        over = true
        stop()
      },
    }
  }
