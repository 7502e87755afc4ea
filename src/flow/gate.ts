import { either as E } from 'fp-ts'
import { asyncScheduler, Observable } from 'rxjs'
import { defect, type Fault, fault } from './fault.ts'
import { fifo } from './fifo.ts'
import { Slot, slotOf } from './slot.ts'

/** What a gate holds at one moment. */
export interface GateStats {
  /** Items that stand at the gate: pulled and without a slot yet, or waiting for bytes. */
  readonly waiting: number
  /** Items alive behind the gate; never more than `inFlight`. */
  readonly active: number
  /** Bytes held by them; never more than the budget. */
  readonly bytes: number
  /** Items that ended well, ended with a `Left`, or were closed before their end (unsubscribed). */
  readonly done: number
  readonly failed: number
  readonly cancelled: number
  /** The item that has been alive longest, the stage it is in, and for how long in milliseconds. */
  readonly oldest: { readonly item: string; readonly stage: string; readonly ageMs: number } | undefined
}

/** How an item left its slot. */
export type Outcome = 'done' | 'failed' | 'cancelled'

/** A bound on what is alive, to be used by one scope or shared by several. Made by `gate`. */
export interface Gate {
  readonly name: string
  readonly inFlight: number
  /** The budget in bytes; Infinity where none was given. */
  readonly bytes: number
  /** The present state on subscription, then after every change. Never completes: a gate outlives its scopes. */
  readonly stats$: Observable<GateStats>
  /** The verbs that scopes use. */
  readonly [verbs]: Verbs
}

export const verbs: unique symbol = Symbol('kinograd.gate')

interface Verbs {
  /** Whether a slot is free and nobody stands in line for it. */
  readonly free: () => boolean
  /** Calls `start` with a slot, at once or when its turn comes; gives back how to stop waiting. */
  readonly enter: (item: string, outer: Slot | undefined, start: (slot: Slot) => void) => () => void
  /** Gives the slot and its bytes back. A second call for the same slot does nothing. */
  readonly leave: (slot: Slot, outcome: Outcome) => void
  /** Calls `go` when the slot holds so many bytes, or with the reason why it never will. */
  readonly claim: (slot: Slot, bytes: number, go: (granted: E.Either<Fault, void>) => void) => () => void
  /** Notes which stage an item is in. */
  readonly mark: (slot: Slot, stage: string) => void
  /** Tells those who watch that something moved inside. */
  readonly touch: () => void
  /** Calls `wake` whenever a slot is free and nobody stands in line; gives back how to stop. */
  readonly onFree: (wake: () => void) => () => void
  readonly stats: () => GateStats
}

/**
 * Makes a gate: at most `inFlight` items alive and at most `bytes` held, over all scopes that share it.
 * Slots and bytes are each given first come, first served, so a heavy item is not overtaken for ever by light ones.
 * Throws a `Defect` for a width that is not a positive integer or a budget that is not positive.
 */
export const gate = (options: { readonly inFlight: number; readonly bytes?: number; readonly name?: string }): Gate => {
  const { inFlight, bytes: budget = Number.POSITIVE_INFINITY, name = 'scope' } = options
  if (!(Number.isInteger(inFlight) && inFlight > 0))
    throw defect(fault('BadGate', `gate ${name}: inFlight is ${inFlight}`, 'Give an integer of at least 1'))
  if (!(budget > 0))
    throw defect(fault('BadGate', `gate ${name}: bytes is ${budget}`, 'Give a number above 0, or leave it out'))

  // Arrays, not Sets: short, and the hash tables that a busy Set leaves behind keep garbage alive for long.
  const slots: Slot[] = []
  const entering = fifo<{ readonly take: () => void }>()
  const claims = fifo<{ readonly slot: Slot; readonly bytes: number; readonly go: () => void }>()
  const wakers: (() => void)[] = []
  const watchers = new Set<() => void>()
  const counts = { done: 0, failed: 0, cancelled: 0 }
  let held = 0
  let serving = false
  let again = false

  const free = () => slots.length < inFlight && entering.size() === 0
  const changed = () => {
    for (const watch of watchers) watch()
  }
  /** What moves in a nested scope moves in the scopes around it. */
  const moved = (slot: Slot | undefined) => {
    for (let at = slot?.outer; at !== undefined; at = at.outer) at.gate[verbs].touch()
  }

  /** Serves who can be served: first bytes, then slots, then the scopes that wait to pull. A loop, never recursion. */
  const serve = () => {
    again = true
    if (serving) return
    serving = true
    try {
      while (again) {
        again = false
        for (let next = claims.peek(); next && held + next.bytes <= budget; next = claims.peek()) {
          claims.shift()
          held += next.bytes
          next.slot.bytes = next.bytes
          next.go()
        }
        while (slots.length < inFlight && entering.size() > 0) entering.shift()?.take()
        for (let left = wakers.length; left > 0 && free(); left -= 1) {
          // To the end of the line, so that every scope gets its turn.
          const wake = wakers.shift()
          if (wake === undefined) break
          wakers.push(wake)
          wake()
        }
      }
    } finally {
      serving = false
    }
    changed()
  }

  const stats = (): GateStats => {
    const oldest = slots[0]
    return {
      waiting: entering.size() + claims.size(),
      active: slots.length,
      bytes: held,
      ...counts,
      oldest: oldest && { item: oldest.item, stage: oldest.stage, ageMs: asyncScheduler.now() - oldest.since },
    }
  }

  const made: Gate = {
    name,
    inFlight,
    bytes: budget,
    stats$: new Observable(subscriber => {
      const watch = () => subscriber.next(stats())
      watchers.add(watch)
      watch()
      return () => watchers.delete(watch)
    }),
    [verbs]: {
      free,
      stats,
      enter: (item, outer, start) => {
        const lender = slotOf(made, outer)
        const open = () => {
          const slot = new Slot(made, item, asyncScheduler.now(), outer, lender)
          if (lender === undefined) slots.push(slot)
          start(slot)
          moved(slot)
        }
        if (lender !== undefined || free()) {
          open()
          changed()
          return () => {}
        }
        const asking = { take: open }
        entering.push(asking)
        changed()
        return () => entering.remove(asking)
      },
      leave: (slot, outcome) => {
        if (slot.lender === undefined) {
          const at = slots.indexOf(slot)
          if (at < 0) return
          slots.splice(at, 1)
          counts[outcome] += 1
        }
        held -= slot.bytes
        slot.bytes = 0
        serve()
        moved(slot)
      },
      claim: (slot, bytes, go) => {
        const refused = refusal(made, slot, bytes)
        if (refused !== undefined) {
          go(E.left(refused))
          return () => {}
        }
        slot.weighed = true
        const asking = { slot, bytes, go: () => go(E.right(undefined)) }
        claims.push(asking)
        serve()
        return () => {
          claims.remove(asking)
          serve()
        }
      },
      mark: (slot, stage) => {
        slot.stage = stage
        changed()
        moved(slot)
      },
      touch: changed,
      onFree: wake => {
        wakers.push(wake)
        return () => {
          const at = wakers.indexOf(wake)
          if (at >= 0) wakers.splice(at, 1)
        }
      },
    },
  }
  return made
}

/**
 * Why a claim can never be granted, if so. A slot claims once: items that each hold a part and wait for the rest would
 * wait for each other.
 */
const refusal = (gate: Gate, slot: Slot, bytes: number): Fault | undefined => {
  if (!(bytes >= 0))
    return fault('BadWeight', `the weight is ${bytes}`, 'Give weigh a function that returns a number of bytes')
  if (bytes > gate.bytes)
    return fault(
      'TooHeavy',
      `it weighs ${bytes} bytes and gate ${gate.name} has a budget of ${gate.bytes}`,
      'Raise the budget, or make the item smaller before it is held (fewer frames, lower resolution)',
    )
  let at: Slot | undefined = slot
  while (at !== undefined) {
    if (at.weighed)
      return fault('WeighedTwice', `it was weighed in gate ${gate.name} before`, 'Weigh an item once, for all it holds')
    at = at.lender
  }
  return undefined
}
