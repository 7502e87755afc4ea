import type { Observable } from 'rxjs'
import { pullOf } from './source.ts'

/**
 * Reads a stream with `for await`, asking for one value at a time: a scope, batch or stage of this library then waits
 * for a slow reader, where subscribing would push. While the loop has a value in hand, a scope of width w may be up to w
 * items further (docs/flow.md says what a reader sees, and when). What an ordinary RxJS operator sends before it is asked
 * waits in a queue.
 *
 * Leaving the loop early, by `break` or by throwing, closes everything. Aborting `signal` does so at once, also while a
 * value is awaited, and ends the loop.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { items, iterate } from 'kinograd/flow'
 *
 * const endless = function* () {
 *   for (let n = 0; ; n += 1) yield n
 * }
 * const seen: number[] = []
 * for await (const item of iterate(items(endless()))) {
 *   if (E.isRight(item)) seen.push(item.right)
 *   if (seen.length === 3) break
 * }
 * assert.deepEqual(seen, [0, 1, 2])
 * ```
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
