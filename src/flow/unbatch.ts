import { either as E } from 'fp-ts'
import type { Batch } from './batch.ts'
import { expandItem } from './each-item.ts'
import { attachPlan } from './plan.ts'
import { pullOf } from './source.ts'
import type { Item, Stage } from './stage.ts'

/**
 * Takes batches apart again: their items in order, then their failed members as `Left`s. An empty batch has neither and
 * vanishes.
 */
export const unbatch = <A>(): Stage<Batch<A>, A> =>
  attachPlan({ kind: 'batch', name: 'unbatch', parts: [] }, source =>
    expandItem(
      source,
      { name: 'unbatch', item: b => `batch ${b.index}` },
      (b): ReturnType<typeof pullOf<Item<A>>> => pullOf([...b.items.map(E.right), ...b.failed.map(E.left)]),
    ),
  )
