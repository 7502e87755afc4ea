import { isObservable, type Observable } from 'rxjs'
import type { Crossing, Drop, HeavyNames, Light } from './heavy.ts'
import type { Fields, Receiver } from './needs.ts'
import { noteNesting } from './nesting.ts'
import { attachPlan, describe } from './plan.ts'
import { PullObservable } from './pull.ts'
import { openScope } from './scope.ts'
import { currentSlot, type Gate } from './slot.ts'
import { items, pullOf } from './source.ts'
import type { Item, Stage } from './stage.ts'

/** A stage that can also be given an iterable of plain values. */
export type Scope<A, B> = (
  this: Receiver<A>,
  source: Observable<Item<A>> | Iterable<A> | AsyncIterable<A>,
) => Observable<Item<B>>

/** What `within` takes as its stage: one whose outputs hold nothing heavy. */
export type Bounded<A, B> = (
  this: Fields<A>,
  source: Observable<Item<A>>,
) => Observable<Item<B>> & ([B] extends [Light] ? Crossing<B> : Drop<keyof HeavyNames>)

/** Order of a scope's outputs, and names of its items. */
export interface ScopeOptions<A> {
  /** `'source'` (default): outputs in the order of the items. `'completion'`: as soon as they are there. */
  readonly order?: 'source' | 'completion'
  /** What an item is called in errors and in the watchdog's report; its position in the source (`#0`) by default. */
  readonly item?: (a: A) => string
  /** An item that takes longer, in milliseconds, becomes a `Left` (`TimedOut`) and is closed. Unbounded by default. */
  readonly timeout?: number
}

/**
 * Runs a composed stage once per item, behind a gate: what is big lives and dies inside.
 *
 * Holds at most `gate.inFlight` items between pulled and handed on, in this scope and running in all scopes of the gate
 * together, and at most `gate.bytes` as weighed by `weigh`. Pulls its source only when a slot is free; sends only what
 * is asked for when another scope, batch or `iterate` follows directly. An Observable from elsewhere pushes: its
 * references wait in a queue.
 *
 * Outputs come in source order by default; a finished item then waits for its turn and keeps its place, not its slot.
 * Failed items pass. An item whose stage throws, fails, or ends without output becomes a `Left` (`Thrown`, `Empty`)
 * and disturbs no other. A failing source, a `Defect` inside, and unsubscribing close every item that is alive, then the
 * source. A stage that never ends keeps its slot: give `timeout`, or watch the gate with `watchdog`.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E, taskEither as TE } from 'fp-ts'
 * import { gate, iterate, stage, within } from 'kinograd/flow'
 *
 * const square = stage.fromTaskEither({ name: 'square', item: String }, (n: number) => TE.right(n * n))
 * const scope = within(gate({ inFlight: 2 }), square)
 * const seen: number[] = []
 * for await (const item of iterate(scope([1, 2, 3]))) if (E.isRight(item)) seen.push(item.right)
 * assert.deepEqual(seen, [1, 4, 9])
 * ```
 */
export const within = <A, B>(gate: Gate, stage: Bounded<A, B>, options: ScopeOptions<NoInfer<A>> = {}): Scope<A, B> => {
  const { order = 'source', item, timeout } = options
  const inside: Stage<A, B> = stage
  const plan = { gate, stage: inside, order, item, timeout }
  const scope = (source: Observable<Item<A>> | Iterable<A> | AsyncIterable<A>): Observable<Item<B>> => {
    const outer = currentSlot()
    noteNesting(gate, outer)
    const upstream = pullOf(isObservable(source) ? source : items(source))
    return new PullObservable<Item<B>>(sink => openScope(plan, outer, upstream, sink))
  }
  return attachPlan(
    {
      kind: 'scope',
      name: gate.name,
      parts: [describe(stage)],
      settings: { inFlight: gate.inFlight, ...(Number.isFinite(gate.bytes) && { bytes: gate.bytes }), order },
    },
    scope,
  )
}
