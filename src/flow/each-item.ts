import { either as E } from 'fp-ts'
import type { Observable } from 'rxjs'
import { type About, called, thrownAt } from './about.ts'
import { fault, isDefect, stageError } from './fault.ts'
import { type Pull, Pulling, PullObservable, Sink } from './pull.ts'
import { currentSlot, type Slot, verbs } from './slot.ts'
import { pullOf } from './source.ts'
import type { Item } from './stage.ts'

/**
 * Runs a function once for every item, one after the other, and lets failed items pass. The function calls `send` or
 * `raise` once, at once or later, and may give back how to stop it. What it throws or raises becomes a `Left`
 * (`Thrown`), unless it is a `Defect`, which ends the stream.
 */
export const eachItem = <A, B>(
  source: Observable<Item<A>>,
  about: About<A>,
  // biome-ignore lint/suspicious/noConfusingVoidType: most functions have nothing to stop
  run: (a: A, send: (item: Item<B>) => void, raise: (error: unknown) => void) => (() => void) | void,
): Observable<Item<B>> => {
  const upstream = pullOf(source)
  const slot = currentSlot()
  return new PullObservable<Item<B>>(sink => {
    let stop: (() => void) | undefined
    /** The number of the item at work: what an earlier one still sends is not heard. */
    let turn = 0
    const pulling = upstream(
      new Sink(
        item => {
          if (E.isLeft(item)) return sink.item(item)
          const mine = ++turn
          const send = (result: Item<B>) => {
            if (turn !== mine) return
            turn += 1
            stop = undefined
            sink.item(result)
          }
          const raise = (error: unknown) => {
            if (isDefect(error)) sink.fail(error)
            else send(thrownAt(about, item.right, error))
          }
          mark(slot, about)
          let stopping: (() => void) | undefined
          try {
            stopping = run(item.right, send, raise) ?? undefined
          } catch (error) {
            raise(error)
          }
          if (turn === mine) stop = stopping
        },
        sink.end,
        sink.fail,
      ),
    )
    return new Pulling(pulling.pull, () => {
      turn += 1
      stop?.()
      stop = undefined
      pulling.close()
    })
  })
}

/**
 * Replaces every item by the outputs of a source of its own, one item after the other; failed items pass. An item whose
 * source ends without output or fails becomes a `Left` (`Empty`, `Thrown`), so that none is lost.
 */
export const expandItem = <A, B>(
  source: Observable<Item<A>>,
  about: About<A>,
  open: (a: A) => Pull<Item<B>>,
): Observable<Item<B>> => {
  const upstream = pullOf(source)
  const slot = currentSlot()
  return new PullObservable<Item<B>>(sink => {
    let inner: Pulling | undefined
    const failed = (a: A, error: unknown) => {
      inner = undefined
      if (isDefect(error)) sink.fail(error)
      else sink.item(thrownAt(about, a, error))
    }
    const outer = upstream(
      new Sink(
        item => {
          if (E.isLeft(item)) return sink.item(item)
          const a = item.right
          let count = 0
          mark(slot, about)
          let opening: Pull<Item<B>>
          try {
            opening = open(a)
          } catch (error) {
            return failed(a, error)
          }
          inner = opening(
            new Sink(
              output => {
                count += 1
                sink.item(output)
              },
              () => {
                inner = undefined
                if (count === 0) sink.item(E.left(stageError(about.name, called(about, a), empty)))
                else outer.pull()
              },
              error => failed(a, error),
            ),
          )
          inner.pull()
        },
        sink.end,
        sink.fail,
      ),
    )
    return new Pulling(
      () => (inner ?? outer).pull(),
      () => {
        inner?.close()
        inner = undefined
        outer.close()
      },
    )
  })
}

/** Why an item without output is a failed item. */
export const empty = fault('Empty', 'the stage ended without output', 'Send an item or a Left for every item')

const mark = (slot: Slot | undefined, about: { readonly name: string }) => {
  if (slot !== undefined) slot.gate[verbs].mark(slot, about.name)
}
