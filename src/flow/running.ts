import { either as E } from 'fp-ts'
import { asyncScheduler, type Subscription } from 'rxjs'
import { empty } from './each-item.ts'
import { type Fault, fault, isDefect, stageError, thrownFault } from './fault.ts'
import type { Entry, Outputs } from './outputs.ts'
import { type Draining, drain, PullObservable, Sink } from './pull.ts'
import { inSlot, type Outcome, type Slot, verbs } from './slot.ts'
import { one, pullOf } from './source.ts'
import type { Item, Stage } from './stage.ts'

/** The scope in which an item runs. */
export interface Surroundings<A, B> {
  readonly stage: Stage<A, B>
  /** Milliseconds after which an item is given up. */
  readonly timeout: number | undefined
  readonly outputs: Outputs<B>
  /** Hands on and pulls what can be now: called whenever an item gave something or ended. */
  readonly pump: () => void
  /** Ends the scope with an error. */
  readonly defect: (error: unknown) => void
}

/**
 * One item that runs in a scope: the stage is applied to it alone, its outputs go to their place, and its slot is given
 * back when everything it opened is closed. It ends once: with the end of its stage, by failing, by taking too long, or
 * by being stopped from outside.
 */
export class Running<A, B> {
  private readonly scope: Surroundings<A, B>
  private readonly entry: Entry<B>
  private readonly slot: Slot
  private draining: Draining | undefined
  private timer: Subscription | undefined
  private outputs = 0
  private failed = false

  constructor(scope: Surroundings<A, B>, entry: Entry<B>, slot: Slot) {
    this.scope = scope
    this.entry = entry
    this.slot = slot
  }

  start(a: A): void {
    const { scope, slot, entry } = this
    entry.stop = () => this.close('cancelled')
    try {
      const sink = new Sink<Item<B>>(
        output => this.output(output),
        () => this.end(),
        error => this.fail(error),
      )
      const draining = inSlot(slot, () => drain(pullOf(scope.stage(new PullObservable(one(E.right(a))))), sink))
      this.draining = draining
      if (scope.timeout !== undefined) this.limit(scope.timeout)
      inSlot(slot, draining.start)
    } catch (error) {
      this.fail(error)
    }
  }

  private limit(ms: number): void {
    this.timer = asyncScheduler.schedule(() => this.giveUp(late(ms)), ms)
  }

  private output(output: Item<B>): void {
    this.outputs += 1
    if (E.isLeft(output)) this.failed = true
    this.scope.outputs.put(this.entry, output)
    this.scope.pump()
  }

  private end(): void {
    if (this.outputs === 0) this.giveUp(empty)
    else {
      this.close(this.failed ? 'failed' : 'done')
      this.scope.outputs.settle(this.entry)
      this.scope.pump()
    }
  }

  private fail(error: unknown): void {
    if (this.entry.ended) return
    if (isDefect(error)) this.scope.defect(error)
    else this.giveUp(thrownFault(error))
  }

  /** Ends the item with a `Left` that names it and the stage it is in. */
  private giveUp(why: Fault): void {
    this.scope.outputs.put(this.entry, E.left(stageError(this.slot.stage, this.slot.item, why)))
    this.close('failed')
    this.scope.pump()
  }

  private close(outcome: Outcome): void {
    if (this.entry.ended) return
    this.entry.ended = true
    this.timer?.unsubscribe()
    this.draining?.stop()
    this.slot.gate[verbs].leave(this.slot, outcome)
  }
}

const late = (ms: number) =>
  fault(
    'TimedOut',
    `it was not done after ${ms} ms`,
    'Raise the timeout of the scope, or look at what this stage waits for',
  )
