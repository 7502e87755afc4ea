import { either as E } from 'fp-ts'
import { called } from './about.ts'
import { outputsIn } from './outputs.ts'
import { type Pull, Pulling, Sink } from './pull.ts'
import { rounds } from './rounds.ts'
import { Running, type Surroundings } from './running.ts'
import { type Gate, type Slot, slotOf, verbs } from './slot.ts'
import type { Item, Stage } from './stage.ts'

/** What a scope does with every item. */
export interface ScopePlan<A, B> {
  readonly gate: Gate
  readonly stage: Stage<A, B>
  readonly order: 'source' | 'completion'
  /** What an item is called; `#0`, `#1`, … unless given. */
  readonly item: ((a: A) => string) | undefined
  /** Milliseconds after which an item is given up. */
  readonly timeout: number | undefined
}

/** Opens a scope inside the slot `outer`, for items that come from `upstream` and outputs that go to `sink`. */
export const openScope = <A, B>(
  plan: ScopePlan<A, B>,
  outer: Slot | undefined,
  upstream: Pull<Item<A>>,
  sink: Sink<Item<B>>,
): Pulling => {
  const scope = new OpenScope(plan, outer, upstream, sink)
  return new Pulling(
    () => scope.pull(),
    () => scope.finish(() => {}),
  )
}

/**
 * An open scope: it pulls items while it has a place and its gate a slot, runs the stage on each, and hands on the
 * outputs that are asked for.
 */
class OpenScope<A, B> implements Surroundings<A, B> {
  readonly stage: Stage<A, B>
  readonly timeout: number | undefined
  readonly outputs
  private readonly plan: ScopePlan<A, B>
  private readonly outer: Slot | undefined
  private readonly sink: Sink<Item<B>>
  private readonly pulling: Pulling
  private readonly stopWaking: () => void
  /** Whether the gate lends the slot that the item around holds: the gate is nested in itself, for one item at a time. */
  private readonly lent: boolean
  private readonly width: number
  private reader: 'silent' | 'waiting' | 'served' = 'silent'
  private source: 'silent' | 'asked' | 'ended' = 'silent'
  private position = 0
  private over = false

  constructor(plan: ScopePlan<A, B>, outer: Slot | undefined, upstream: Pull<Item<A>>, sink: Sink<Item<B>>) {
    this.plan = plan
    this.outer = outer
    this.sink = sink
    this.stage = plan.stage
    this.timeout = plan.timeout
    this.outputs = outputsIn<B>(plan.order)
    this.lent = slotOf(plan.gate, outer) !== undefined
    this.width = this.lent ? 1 : plan.gate.inFlight
    this.pulling = upstream(
      new Sink<Item<A>>(
        item => {
          this.source = 'silent'
          this.admit(item)
          this.pump()
        },
        () => {
          this.source = 'ended'
          this.pump()
        },
        error => this.defect(error),
      ),
    )
    this.stopWaking = plan.gate[verbs].onFree(this.pump)
  }

  /** Hands on what is asked for and ready, or else pulls if there is room; and again, as long as there is something to do. */
  readonly pump = rounds(() => {
    if (this.over) return
    const output = this.reader === 'waiting' ? this.outputs.take() : undefined
    if (output !== undefined) {
      this.reader = 'served'
      this.pump()
      this.sink.item(output)
    } else if (this.source === 'ended') {
      if (this.reader === 'waiting' && this.outputs.size() === 0) this.finish(this.sink.end)
    } else if (this.reader !== 'silent' && this.source === 'silent' && this.hasRoom()) {
      this.source = 'asked'
      this.pump()
      this.pulling.pull()
    }
  })

  private hasRoom(): boolean {
    return this.outputs.size() < this.width && (this.lent || this.plan.gate[verbs].free())
  }

  /** The reader asks for an output. */
  pull(): void {
    this.reader = 'waiting'
    this.pump()
  }

  /** Gives an item its place among the outputs, and runs it as soon as the gate lets it in. A failed one is an output. */
  private admit(item: Item<A>): void {
    const { gate, item: nameOf } = this.plan
    const entry = this.outputs.add()
    const number = `#${this.position++}`
    if (E.isLeft(item)) {
      this.outputs.put(entry, item)
      entry.ended = true
      return
    }
    const name = nameOf === undefined ? number : called({ name: gate.name, item: nameOf }, item.right)
    let begun = false
    const stopWaiting = gate[verbs].enter(name, this.outer, slot => {
      begun = true
      new Running(this, entry, slot).start(item.right)
    })
    if (!begun) entry.stop = stopWaiting
  }

  defect(error: unknown): void {
    this.finish(() => this.sink.fail(error))
  }

  /** Ends the scope: stops every item, then closes the source, then tells the reader. */
  finish(tell: () => void): void {
    if (this.over) return
    this.over = true
    this.stopWaking()
    this.outputs.stopAll()
    this.pulling.close()
    tell()
  }
}
