import { either as E } from 'fp-ts'
import { eachItem } from './each-item.ts'
import { defect, fault } from './fault.ts'
import { gate } from './gate.ts'
import { attachPlan, describe } from './plan.ts'
import { PullObservable } from './pull.ts'
import { pullOf } from './source.ts'
import type { Stage } from './stage.ts'
import { turns } from './turns.ts'
import { type Bounded, within } from './within.ts'

/** How old the policy was that made an item, in updates, at the moment of the item's own update. */
export interface Staleness {
  readonly staleness: number
}

/** Rollout and update as two stages, and how far the first may run ahead of the second. */
export interface Feedback<A, B extends object, C> {
  /** How many items (batches) may be between the start of their rollout and the end of their update. */
  readonly width: number
  /** Reads the policy. Runs for up to `width` items at once. Gives one output for an item. */
  readonly rollout: Stage<A, B>
  /** Changes the policy. Runs for one item at a time, in the order of the source. */
  readonly update: Stage<B & Staleness, C>
  readonly name?: string
  readonly item?: (a: A) => string
}

/**
 * The scope of training: rollouts ahead of updates, but never by more than `width − 1`. An update made between the
 * start of an item's rollout and its own update belongs to an item that was under way at that start, and those are at
 * most `width − 1`, because updates keep the order of the source. Width 1 is strictly on-policy.
 *
 * The staleness is measured, joins the item as a field before `update`, and a value beyond the bound is a `Defect`
 * (`Stale`); that happens only if a rollout gives several outputs for one item. An update that ends in a `Left` counts
 * as not made. Otherwise it behaves like `within` in source order with a gate of its own.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { feedback, items, iterate, type Staleness, stage } from 'kinograd/flow'
 *
 * let version = 0
 * type Rolled = { readonly id: number; readonly policy: number }
 * const rollout = stage.fromTaskEither({ name: 'rollout', item: String }, (id: number) => async () =>
 *   E.right({ id, policy: version }),
 * )
 * const update = stage.pure({ name: 'update', item: a => String(a.id) }, (a: Rolled & Staleness) => {
 *   assert.equal(a.staleness, version - a.policy)
 *   version += 1
 *   return a.staleness
 * })
 * for await (const done of iterate(items([0, 1, 2, 3]).pipe(feedback({ width: 2, rollout, update }))))
 *   assert(E.isRight(done) && done.right <= 1)
 * ```
 */
export const feedback = <A, B extends object, C>(
  options: Omit<Feedback<A, B, C>, 'update'> & { readonly update: Bounded<B & Staleness, C> },
): Stage<A, C> => {
  const update: Stage<B & Staleness, C> = options.update
  const { width, rollout, name = 'feedback', item = () => '' } = options
  const line = turns()
  let version = 0

  const oneItem: Stage<A, C> = source => {
    const rolled = rollout(source)
    const inTurn = eachItem<B, B & Staleness>(rolled, { name: 'wait for turn', item: () => '' }, (b, send, raise) =>
      line.wait(turn, () => {
        const staleness = version - before
        if (staleness < width) send(E.right({ ...b, staleness }))
        else raise(defect(fault('Stale', `staleness ${staleness}, at most ${width - 1}`, 'Give one output per item')))
      }),
    )
    const updated = eachItem<C, C>(update(inTurn), { name: 'update', item: () => '' }, (c, send) => {
      version += 1
      send(E.right(c))
    })
    // Taken last: if one of the stages above throws while it is put together, no turn stays open.
    const before = version
    const turn = line.take()
    return new PullObservable(sink => {
      const pulling = pullOf(updated)({
        item: sink.item,
        end: () => {
          line.end(turn)
          sink.end()
        },
        fail: error => {
          line.end(turn)
          sink.fail(error)
        },
      })
      return {
        pull: pulling.pull,
        close: () => {
          pulling.close()
          line.end(turn)
        },
      }
    })
  }
  const scope = within<A, C>(gate({ inFlight: width, name }), oneItem as Bounded<A, C>, {
    ...(options.item && { item }),
  })
  return attachPlan(
    { kind: 'scope', name, parts: [describe(rollout), describe(update)], settings: { width, staleness: width - 1 } },
    (source: Parameters<typeof scope>[0]) => scope(source),
  ) as Stage<A, C>
}
