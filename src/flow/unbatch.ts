import { either as E } from 'fp-ts'
import { expandItem } from './each-item.ts'
import { attachPlan } from './plan.ts'
import { pullOf } from './source.ts'
import type { Batch, Item, Stage } from './stage.ts'

/**
 * Takes batches apart again: their items in order, then their failed members as `Left`s. An empty batch has neither and
 * vanishes.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { batch, items, iterate, unbatch } from 'kinograd/flow'
 *
 * const seen: number[] = []
 * for await (const item of iterate(items([1, 2, 3]).pipe(batch(2), unbatch())))
 *   if (E.isRight(item)) seen.push(item.right)
 * assert.deepEqual(seen, [1, 2, 3])
 * ```
 */
export const unbatch = <A>(): Stage<Batch<A>, A> =>
  attachPlan({ kind: 'batch', name: 'unbatch', parts: [] }, source =>
    expandItem(
      source,
      { name: 'unbatch', item: b => `batch ${b.index}` },
      (b): ReturnType<typeof pullOf<Item<A>>> => pullOf([...b.items.map(E.right), ...b.failed.map(E.left)]),
    ),
  )
