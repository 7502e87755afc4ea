import { either as E } from 'fp-ts'
import { defect, fault } from './fault.ts'
import { attachPlan } from './plan.ts'
import { PullObservable } from './pull.ts'
import { pullOf } from './source.ts'
import type { Batch, Item, Stage } from './stage.ts'

/**
 * Groups every `n` items into a batch, in order; the last batch holds what is left. A failed item takes its place among
 * the n and is carried as failed, so which items meet in a batch does not depend on which of them fail.
 * Holds at most n items, and asks its source only when a batch was asked for. Throws a `Defect` if n is not a positive
 * integer.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { batch, items, iterate } from 'kinograd/flow'
 *
 * const seen: (readonly number[])[] = []
 * for await (const group of iterate(items([1, 2, 3]).pipe(batch(2)))) if (E.isRight(group)) seen.push(group.right.items)
 * assert.deepEqual(seen, [[1, 2], [3]])
 * ```
 */
export const batch = <A>(n: number): Stage<A, Batch<A>> => {
  if (!(Number.isInteger(n) && n > 0))
    throw defect(fault('BadBatch', `a batch of ${n}`, 'Give an integer of at least 1'))
  return attachPlan({ kind: 'batch', name: 'batch', parts: [], settings: { n } }, source => {
    const upstream = pullOf(source)
    return new PullObservable<Item<Batch<A>>>(sink => {
      let index = 0
      let members: Item<A>[] = []
      let ended = false
      let closed = false
      let wanted = false
      let asked = false
      let collecting = false

      /** Asks for members one by one until the batch is full: a loop, never recursion. */
      const collect = () => {
        if (collecting) return
        collecting = true
        while (wanted && !closed && !asked) {
          asked = true
          pulling.pull()
        }
        collecting = false
      }
      const flush = () => {
        wanted = false
        const full = batchOf(index++, members)
        members = []
        sink.item(E.right(full))
      }
      const pulling = upstream({
        item: item => {
          asked = false
          members.push(item)
          if (members.length === n) flush()
          else collect()
        },
        end: () => {
          ended = true
          if (members.length > 0) return flush()
          wanted = false
          sink.end()
        },
        fail: sink.fail,
      })
      return {
        pull: () => {
          if (ended) return sink.end()
          wanted = true
          collect()
        },
        close: () => {
          closed = true
          pulling.close()
        },
      }
    })
  })
}

/**
 * Makes a batch of items, failed ones aside.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { batchOf, fault, stageError } from 'kinograd/flow'
 *
 * const lost = stageError('decode', 'b', fault('Truncated', '3 of 8 bytes', 'Fetch it again'))
 * assert.deepEqual(batchOf(0, [E.right('a'), E.left(lost)]), { index: 0, items: ['a'], failed: [lost] })
 * ```
 */
export const batchOf = <A>(index: number, members: readonly Item<A>[]): Batch<A> => ({
  index,
  items: members.flatMap(item => (E.isRight(item) ? [item.right] : [])),
  failed: members.flatMap(item => (E.isLeft(item) ? [item.left] : [])),
})
