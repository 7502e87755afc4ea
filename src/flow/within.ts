import { either as E } from 'fp-ts'
import { asyncScheduler, isObservable, type Observable, type Subscription } from 'rxjs'
import { called } from './about.ts'
import { empty } from './each-item.ts'
import { fault, isDefect, stageError, thrownFault } from './fault.ts'
import { fifo } from './fifo.ts'
import { type Gate, type Outcome, verbs } from './gate.ts'
import type { Crossing, Drop, HeavyNames, Light } from './heavy.ts'
import type { Fields, Receiver } from './needs.ts'
import { noteNesting } from './nesting.ts'
import { attachPlan, describe } from './plan.ts'
import { drain, PullObservable, Sink } from './pull.ts'
import { currentSlot, inSlot, type Slot, slotOf } from './slot.ts'
import { items, one, pullOf } from './source.ts'
import type { Item, Stage } from './stage.ts'

/** A stage that can also be given an iterable of plain values. */
export type Scope<A, B> = (
  this: Receiver<A>,
  source: Observable<Item<A>> | Iterable<A> | AsyncIterable<A>,
) => Observable<Item<B>>

/** A stage where one is asked for whose outputs hold nothing heavy. */
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

/** An item between being pulled and its last output being handed on. */
class Entry<B> {
  readonly out: Item<B>[] = []
  ended = false
  stop: () => void = () => {}
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
 */
export const within = <A, B>(gate: Gate, stage: Bounded<A, B>, options: ScopeOptions<NoInfer<A>> = {}): Scope<A, B> => {
  const { order = 'source', item: nameOf, timeout } = options
  const core = gate[verbs]
  const inside: Stage<A, B> = stage

  const scope = (source: Observable<Item<A>> | Iterable<A> | AsyncIterable<A>): Observable<Item<B>> => {
    const outer = currentSlot()
    noteNesting(gate, outer)
    const lender = slotOf(gate, outer)
    const width = lender === undefined ? gate.inFlight : 1
    const upstream = pullOf(isObservable(source) ? source : items(source))

    return new PullObservable<Item<B>>(sink => {
      /** All entries, oldest first: the order of the outputs, or merely the set of what is alive. */
      const entries: Entry<B>[] = []
      /** In order of completion: the entry of each output that waits. */
      const ready = fifo<Entry<B>>()
      let position = 0
      let started = false
      let wanted = false
      let asking = false
      let sourceEnded = false
      let over = false
      let pumping = false
      let again = false

      const nextReady = (): Entry<B> | undefined => {
        if (order === 'completion') return ready.shift()
        const head = entries[0]
        return head !== undefined && head.out.length > 0 ? head : undefined
      }

      /** Hands on what is wanted and ready, then pulls what there is room for. A loop, never recursion. */
      const pump = () => {
        again = true
        if (pumping) return
        pumping = true
        try {
          while (again && !over) {
            again = false
            const entry = wanted ? nextReady() : undefined
            if (entry !== undefined) {
              const output = entry.out.shift() as Item<B>
              if (entry.ended && entry.out.length === 0) remove(entry)
              wanted = false
              again = true
              sink.item(output)
            } else if (sourceEnded) {
              if (wanted && entries.length === 0) finish(sink.end)
            } else if (started && !asking && entries.length < width && (lender !== undefined || core.free())) {
              asking = true
              again = true
              pulling.pull()
            }
          }
        } finally {
          pumping = false
        }
      }

      const remove = (entry: Entry<B>) => {
        const at = entries.indexOf(entry)
        if (at >= 0) entries.splice(at, 1)
      }

      const put = (entry: Entry<B>, output: Item<B>) => {
        entry.out.push(output)
        if (order === 'completion') ready.push(entry)
      }

      const finish = (tell: () => void) => {
        if (over) return
        over = true
        stopWaking()
        // Latest first: those who wait in line before those whose leaving would let them in.
        for (const entry of entries.splice(0).reverse()) entry.stop()
        pulling.close()
        tell()
      }

      const begin = (a: A, name: string, entry: Entry<B>, slot: Slot) => {
        let timer: Subscription | undefined
        let failed = false
        let outputs = 0
        const close = (outcome: Outcome) => {
          if (entry.ended) return
          entry.ended = true
          timer?.unsubscribe()
          running?.stop()
          core.leave(slot, outcome)
        }
        const fail = (error: unknown) => {
          if (entry.ended || over) return
          if (isDefect(error)) return finish(() => sink.fail(error))
          put(entry, E.left(stageError(slot.stage, name, thrownFault(error))))
          close('failed')
          pump()
        }
        entry.stop = () => close('cancelled')
        let running: ReturnType<typeof drain> | undefined
        try {
          running = inSlot(slot, () =>
            drain(
              pullOf(inside(new PullObservable(one(E.right(a))))),
              new Sink<Item<B>>(
                output => {
                  outputs += 1
                  failed ||= E.isLeft(output)
                  put(entry, output)
                  pump()
                },
                () => {
                  if (outputs === 0) put(entry, E.left(stageError(slot.stage, name, empty)))
                  close(failed || outputs === 0 ? 'failed' : 'done')
                  if (entry.out.length === 0) remove(entry)
                  pump()
                },
                fail,
              ),
            ),
          )
          if (timeout !== undefined)
            timer = asyncScheduler.schedule(() => {
              put(entry, E.left(stageError(slot.stage, name, late(timeout))))
              close('failed')
              pump()
            }, timeout)
          inSlot(slot, running.start)
        } catch (error) {
          fail(error)
        }
      }

      const pulling = upstream({
        item: item => {
          asking = false
          const entry = new Entry<B>()
          entries.push(entry)
          const at = position++
          if (E.isLeft(item)) {
            put(entry, item)
            entry.ended = true
          } else {
            const a = item.right
            const name = called({ name: gate.name, item: nameOf ?? (() => `#${at}`) }, a)
            let begun = false
            const stopWaiting = core.enter(name, outer, slot => {
              begun = true
              begin(a, name, entry, slot)
            })
            if (!begun) entry.stop = stopWaiting
          }
          pump()
        },
        end: () => {
          sourceEnded = true
          pump()
        },
        fail: error => finish(() => sink.fail(error)),
      })
      const stopWaking = core.onFree(pump)

      return {
        pull: () => {
          started = true
          wanted = true
          pump()
        },
        close: () => finish(() => {}),
      }
    })
  }
  return attachPlan(
    {
      kind: 'scope',
      name: gate.name,
      parts: [describe(stage)],
      settings: { inFlight: gate.inFlight, ...(Number.isFinite(gate.bytes) && { bytes: gate.bytes }), order },
    },
    scope as Scope<A, B>,
  )
}

const late = (ms: number) =>
  fault(
    'TimedOut',
    `it was not done after ${ms} ms`,
    'Raise the timeout of the scope, or look at what this stage waits for',
  )
