import { Observable } from 'rxjs'

/**
 * RxJS pushes: a source sends whether or not anybody is ready. The operators of this room speak a second, smaller
 * language among themselves, in which nothing is sent that was not asked for:
 *
 * - `open(sink)` starts nothing and sends nothing; it gives back the two verbs `pull` and `close`.
 * - Every `pull()` is answered once, at once or later, by `item`, `end` or `fail`. One pull is outstanding at a time.
 * - `fail` may also come unasked. After `end`, `fail` or `close()` nothing more is sent.
 * - `close()` may be called at any time, also twice, also from inside `item`.
 *
 * What is made once an item is made by a constructor, not as a literal. V8 may allot the literals of a busy place to the
 * old generation; a dead one there keeps everything its item reached until the next full collection, which halves the
 * rate. Any object of the right form will do elsewhere.
 */
export class Sink<T> {
  readonly item: (value: T) => void
  readonly end: () => void
  readonly fail: (error: unknown) => void
  constructor(item: (value: T) => void, end: () => void, fail: (error: unknown) => void) {
    this.item = item
    this.end = end
    this.fail = fail
  }
}
export class Pulling {
  readonly pull: () => void
  readonly close: () => void
  constructor(pull: () => void, close: () => void) {
    this.pull = pull
    this.close = close
  }
}
export type Pull<T> = (sink: Sink<T>) => Pulling

/**
 * An ordinary Observable that can also be pulled. Subscribed to, it sends as fast as it can; followed directly by
 * another operator of this room, it sends only what that operator asks for.
 */
export class PullObservable<T> extends Observable<T> {
  readonly open: Pull<T>
  constructor(open: Pull<T>) {
    super(subscriber => {
      const draining = drain(open, {
        item: value => subscriber.next(value),
        end: () => subscriber.complete(),
        fail: error => subscriber.error(error),
      })
      subscriber.add(draining.stop)
      draining.start()
    })
    this.open = open
  }
}

/** A source that is read to its end. */
export class Draining {
  readonly start: () => void
  readonly stop: () => void
  constructor(start: () => void, stop: () => void) {
    this.start = start
    this.stop = stop
  }
}

/** Opens a source and asks again after every answer, in a loop instead of by recursion. */
export const drain = <T>(open: Pull<T>, sink: Sink<T>): Draining => {
  let asked = false
  let looping = false
  let over = false
  const start = () => {
    if (looping) return
    looping = true
    try {
      while (!over && !asked) {
        asked = true
        pulling.pull()
      }
    } finally {
      looping = false
    }
  }
  const pulling = open(
    new Sink(
      value => {
        if (over) return
        asked = false
        sink.item(value)
        start()
      },
      () => {
        if (over) return
        over = true
        sink.end()
      },
      error => {
        if (over) return
        over = true
        sink.fail(error)
      },
    ),
  )
  const stop = () => {
    over = true
    pulling.close()
  }
  return new Draining(start, stop)
}
