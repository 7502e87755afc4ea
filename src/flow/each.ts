import { either as E } from 'fp-ts'
import { batchOf } from './batch.ts'
import { eachItem } from './each-item.ts'
import { type Fault, fault, stageError } from './fault.ts'
import { type GroupPolicy, keepAll } from './group.ts'
import { attachPlan, describe } from './plan.ts'
import { drain } from './pull.ts'
import { currentSlot, inSlot } from './slot.ts'
import { fromItems, pullOf } from './source.ts'
import type { Batch, Composed, Item, Stage, Taking } from './stage.ts'

/**
 * Lifts a stage to the members of a batch. The members go through in order, one at a time; for several at once, and as
 * the place where their frames live, lift a scope: `each(within(gate, stage))`. Members that failed before stay failed,
 * members that fail now join them. Holds the outputs of one batch.
 *
 * `group` decides when failures cost the whole batch: it then becomes a `Left` (`GroupFailed`) that names the first
 * failure, and the members still under way are closed.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { batch, each, items, iterate, stage } from 'kinograd/flow'
 *
 * const double = stage.pure({ name: 'double', item: String }, (n: number) => 2 * n)
 * const seen: (readonly number[])[] = []
 * for await (const group of iterate(items([1, 2, 3]).pipe(batch(2), each(double))))
 *   if (E.isRight(group)) seen.push(group.right.items)
 * assert.deepEqual(seen, [[2, 4], [6]])
 * ```
 */
export const each = <A, B>(stage: Taking<A, B>, group: GroupPolicy = keepAll): Composed<Batch<A>, Batch<B>> =>
  attachPlan({ kind: 'each', name: 'each', parts: [describe(stage)], settings: { group: group.name } }, source => {
    const member: Stage<A, B> = stage
    const slot = currentSlot()
    const about = { name: 'each', item: (b: Batch<A>) => `batch ${b.index}` }
    return eachItem<Batch<A>, Batch<B>>(source, about, (members, send, raise) => {
      const size = members.items.length + members.failed.length
      const outputs: Item<B>[] = members.failed.map(E.left)
      const lost = (why: Fault) => send(E.left(stageError(about.name, about.item(members), why)))
      const tooMany = (): Fault | undefined => {
        const failures = outputs.flatMap(output => (E.isLeft(output) ? [output.left] : []))
        const why = group.giveUp(failures.length, size)
        const first = failures[0]
        return why && first
          ? fault(
              why._tag,
              `${why.cause}; the first at ${first.stage}, ${first.item}: ${first.fault.cause}`,
              why.remedy,
            )
          : why
      }
      const before = tooMany()
      if (before !== undefined) return lost(before)
      const running = inSlot(slot, () =>
        drain(pullOf(member(fromItems<A>(members.items.map(E.right)))), {
          item: output => {
            outputs.push(output)
            try {
              const why = E.isLeft(output) ? tooMany() : undefined
              if (why === undefined) return
              running.stop()
              lost(why)
            } catch (error) {
              running.stop()
              raise(error)
            }
          },
          end: () => send(E.right(batchOf(members.index, outputs))),
          fail: raise,
        }),
      )
      inSlot(slot, running.start)
      return running.stop
    })
  })
