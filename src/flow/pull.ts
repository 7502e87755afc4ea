import { Observable } from 'rxjs'

/**
 * RxJS pushes: a source sends whether or not anybody is ready. The operators of this room speak a second, smaller
 * language among themselves, in which nothing is sent that was not asked for:
 *
 * - `open(sink)` starts nothing and sends nothing; it gives back the two verbs `pull` and `close`.
 * - Every `pull()` is answered once, at once or later, by `item`, `end` or `fail`. One pull is outstanding at a time.
 * - `fail` may also come unasked. After `end`, `fail` or `close()` nothing more is sent.
 * - `close()` may be called at any time, also twice, also from inside `item`.
 */
export interface Sink<T> {
  readonly item: (value: T) => void
  readonly end: () => void
  readonly fail: (error: unknown) => void
}
export interface Pulling {
  readonly pull: () => void
  readonly close: () => void
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

/** Opens a source and asks again after every answer, in a loop instead of by recursion. */
export const drain = <T>(open: Pull<T>, sink: Sink<T>): { readonly start: () => void; readonly stop: () => void } => {
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
  const pulling = open({
    item: value => {
      if (over) return
      asked = false
      sink.item(value)
      start()
    },
    end: () => {
      if (over) return
      over = true
      sink.end()
    },
    fail: error => {
      if (over) return
      over = true
      sink.fail(error)
    },
  })
  const stop = () => {
    over = true
    pulling.close()
  }
  return { start, stop }
}
