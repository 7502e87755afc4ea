/** A pipeline as data: what `describe` gives. */
export interface Plan {
  readonly kind: 'stage' | 'pipeline' | 'scope' | 'batch' | 'each' | 'policy' | 'operator'
  readonly name: string
  /** What is inside, in the order in which items pass. */
  readonly parts: readonly Plan[]
  /** What was set: widths, budgets, rates. */
  readonly settings?: Readonly<Record<string, string | number>>
}

const plans = new WeakMap<object, Plan>()

/**
 * Gives an operator of your own a description of itself, so that `describe` and `mermaid` show what is inside.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { attachPlan, describe, type Item } from 'kinograd/flow'
 * import type { Observable } from 'rxjs'
 *
 * const same = (source: Observable<Item<number>>) => source
 * assert.equal(describe(attachPlan({ kind: 'stage', name: 'same', parts: [] }, same)).name, 'same')
 * ```
 */
export const attachPlan = <F extends object>(plan: Plan, operator: F): F => {
  plans.set(operator, plan)
  return operator
}

/**
 * The stages of a pipeline as data. An operator that is not of this library is listed by the name of its function.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { describe, gate, stage, within } from 'kinograd/flow'
 *
 * const same = stage.pure({ name: 'same', item: String }, (n: number) => n)
 * const plan = describe(within(gate({ inFlight: 2, name: 'two' }), same))
 * assert.equal(plan.name, 'two')
 * assert.deepEqual(plan.parts, [{ kind: 'stage', name: 'same', parts: [] }])
 * ```
 */
export const describe = (stage: object): Plan =>
  plans.get(stage) ?? {
    kind: 'operator',
    name: (typeof stage === 'function' && stage.name) || 'operator',
    parts: [],
  }
