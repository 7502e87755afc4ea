import { either as E } from 'fp-ts'
import { called } from './about.ts'
import { eachItem } from './each-item.ts'
import { defect, fault, stageError } from './fault.ts'
import { attachPlan } from './plan.ts'
import { currentSlot, type Gate, verbs } from './slot.ts'
import type { Stage } from './stage.ts'

/**
 * Says inside a scope how many bytes an item will hold from here to the end of the scope, and waits until the gate has
 * them. Use it right after the weight becomes known: `within(memory, pipe(probe, weigh(memory, a => …), decode, …))`.
 * An item is weighed once. Heavier than the whole budget is a `Left` (`TooHeavy`), as is a weight that is no number.
 * Standing anywhere but directly inside a scope of that gate is a `Defect` (`Misplaced`).
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { gate, iterate, pipeline, stage, weigh, within } from 'kinograd/flow'
 *
 * const memory = gate({ inFlight: 4, bytes: 100, name: 'memory' })
 * const use = stage.pure({ name: 'use', item: String }, (bytes: number) => bytes)
 * const scope = within(memory, pipeline('clip', weigh(memory, (bytes: number) => bytes), use))
 * const seen: unknown[] = []
 * for await (const item of iterate(scope([60, 101]))) seen.push(E.isRight(item) ? item.right : item.left.fault._tag)
 * assert.deepEqual(seen, [60, 'TooHeavy'])
 * ```
 */
export const weigh = <A>(gate: Gate, bytes: (a: A) => number, item?: (a: A) => string): Stage<A, A> =>
  attachPlan({ kind: 'stage', name: `weigh in ${gate.name}`, parts: [] }, source => {
    const slot = currentSlot()
    if (slot?.gate !== gate)
      throw defect(
        fault(
          'Misplaced',
          `weigh(${gate.name}) is used ${slot === undefined ? 'outside of any scope' : `inside gate ${slot.gate.name}`}`,
          `Put it directly inside within(${gate.name}, …)`,
        ),
      )
    const about = { name: 'weigh', item: item ?? (() => slot.item) }
    return eachItem<A, A>(source, about, (a, send) =>
      gate[verbs].claim(slot, bytes(a), granted =>
        send(E.isRight(granted) ? E.right(a) : E.left(stageError('weigh', called(about, a), granted.left))),
      ),
    )
  })
