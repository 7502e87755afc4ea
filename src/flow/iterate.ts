import type { Observable } from 'rxjs'
import { pullOf } from './source.ts'

/**
 * Reads a stream with `for await`, asking for one value at a time: a scope, batch or stage of this library then waits
 * for a slow reader, where subscribing would push. Leaving the loop early, by `break` or by throwing, closes everything.
 * What an ordinary RxJS operator sends before it is asked waits in a queue. Aborting `signal` closes everything at once and ends the
 * loop, also while a value is awaited.
 */
export async function* iterate<T>(source: Observable<T>, signal?: AbortSignal): AsyncGenerator<T, void, undefined> {
  type Answer = { readonly value: T } | 'end'
  let answer: (answer: Answer) => void = () => {}
  let refuse: (error: unknown) => void = () => {}
  let broken: { readonly error: unknown } | undefined
  const pulling = pullOf(source)({
    item: value => answer({ value }),
    end: () => answer('end'),
    fail: error => {
      broken = { error }
      refuse(error)
    },
  })
  const stop = () => {
    pulling.close()
    answer('end')
  }
  signal?.addEventListener('abort', stop, { once: true })
  try {
    while (signal?.aborted !== true) {
      const answered = await new Promise<Answer>((resolve, reject) => {
        answer = resolve
        refuse = reject
        if (broken !== undefined) return reject(broken.error)
        pulling.pull()
      })
      if (answered === 'end') return
      yield answered.value
    }
  } finally {
    signal?.removeEventListener('abort', stop)
    pulling.close()
  }
}
