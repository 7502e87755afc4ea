import { either as E } from 'fp-ts'
import { asyncScheduler, Observable } from 'rxjs'
import { byteBudget, refusal } from './byte-budget.ts'
import { defect, type Fault, fault } from './fault.ts'
import { fifo } from './fifo.ts'
import { rounds } from './rounds.ts'
import { sleepers } from './sleepers.ts'
import { type Gate, type GateStats, type GateVerbs, type Outcome, Slot, slotOf, verbs } from './slot.ts'

/**
 * Makes a gate: at most `inFlight` items alive and at most `bytes` held, over all scopes that share it.
 * Slots and bytes are each given first come, first served, so a heavy item is not overtaken for ever by light ones.
 * Throws a `Defect` for a width that is not a positive integer or a budget that is not positive.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { gate, iterate, stage, within } from 'kinograd/flow'
 *
 * const two = gate({ inFlight: 2, name: 'two' })
 * let most = 0
 * two.stats$.subscribe(({ active }) => {
 *   most = Math.max(most, active)
 * })
 * const wait = stage.fromTaskEither({ name: 'wait', item: String }, (n: number) => async () => {
 *   await new Promise(setImmediate)
 *   return { _tag: 'Right' as const, right: n }
 * })
 * for await (const _ of iterate(within(two, wait)([1, 2, 3, 4, 5]))) continue
 * assert.equal(most, 2)
 * ```
 */
export const gate = (options: { readonly inFlight: number; readonly bytes?: number; readonly name?: string }): Gate => {
  const { inFlight, bytes = Number.POSITIVE_INFINITY, name = 'scope' } = options
  if (!(Number.isInteger(inFlight) && inFlight > 0))
    throw defect(fault('BadGate', `gate ${name}: inFlight is ${inFlight}`, 'Give an integer of at least 1'))
  if (!(bytes > 0))
    throw defect(fault('BadGate', `gate ${name}: bytes is ${bytes}`, 'Give a number above 0, or leave it out'))
  return new Counts(name, inFlight, bytes).gate
}

/** What a gate counts, and the verbs that change it. */
class Counts implements GateVerbs {
  readonly gate: Gate
  // Arrays, not Sets: short, and the hash tables that a busy Set leaves behind keep garbage alive for long.
  private readonly slots: Slot[] = []
  /** Who waits for a slot: each takes one when it is called. */
  private readonly entering = fifo<() => void>()
  private readonly budget
  /** The scopes that wait to pull their sources. */
  private readonly scopes = sleepers()
  private readonly watchers = new Set<() => void>()
  private readonly ended = { done: 0, failed: 0, cancelled: 0 }

  constructor(name: string, inFlight: number, bytes: number) {
    this.budget = byteBudget(bytes)
    const stats$ = new Observable<GateStats>(subscriber => {
      const watch = () => subscriber.next(this.stats())
      this.watchers.add(watch)
      watch()
      return () => this.watchers.delete(watch)
    })
    this.gate = { name, inFlight, bytes, stats$, [verbs]: this }
  }

  free(): boolean {
    return this.slots.length < this.gate.inFlight && this.entering.size() === 0
  }

  enter(item: string, outer: Slot | undefined, start: (slot: Slot) => void): () => void {
    const lender = slotOf(this.gate, outer)
    const open = () => {
      const slot = new Slot(this.gate, item, asyncScheduler.now(), outer, lender)
      if (lender === undefined) this.slots.push(slot)
      start(slot)
      moved(slot)
    }
    const waits = lender === undefined && !this.free()
    if (waits) this.entering.push(open)
    else open()
    this.touch()
    return () => {
      if (waits) this.entering.remove(open)
    }
  }

  leave(slot: Slot, outcome: Outcome): void {
    if (slot.lender === undefined) {
      const place = this.slots.indexOf(slot)
      if (place < 0) return
      this.slots.splice(place, 1)
      this.ended[outcome] += 1
    }
    this.budget.giveBack(slot)
    this.serve()
    moved(slot)
  }

  claim(slot: Slot, bytes: number, go: (granted: E.Either<Fault, void>) => void): () => void {
    const refused = refusal(this.gate, slot, bytes)
    if (refused !== undefined) {
      go(E.left(refused))
      return () => {}
    }
    slot.weighed = true
    const giveUp = this.budget.ask(slot, bytes, () => go(E.right(undefined)))
    this.serve()
    return () => {
      giveUp()
      this.serve()
    }
  }

  mark(slot: Slot, stage: string): void {
    slot.stage = stage
    this.touch()
    moved(slot)
  }

  touch(): void {
    for (const watch of this.watchers) watch()
  }

  onFree(wake: () => void): () => void {
    return this.scopes.add(wake)
  }

  stats(): GateStats {
    const oldest = this.slots[0]
    return {
      waiting: this.entering.size() + this.budget.waiting(),
      active: this.slots.length,
      bytes: this.budget.held(),
      ...this.ended,
      oldest: oldest && { item: oldest.item, stage: oldest.stage, ageMs: asyncScheduler.now() - oldest.since },
    }
  }

  /** Serves who can be served: first bytes, then slots, then the scopes that wait to pull. */
  private readonly round = rounds(() => {
    this.budget.grant()
    while (this.slots.length < this.gate.inFlight && this.entering.size() > 0) this.entering.shift()?.()
    this.scopes.wake(() => this.free())
  })

  private serve(): void {
    if (this.round()) this.touch()
  }
}

/** What moves in a nested scope moves in the scopes around it. */
const moved = (slot: Slot): void => {
  for (let around = slot.outer; around !== undefined; around = around.outer) around.gate[verbs].touch()
}
