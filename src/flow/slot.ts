import type { either as E } from 'fp-ts'
import type { Observable } from 'rxjs'
import type { Fault } from './fault.ts'

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
  readonly [verbs]: GateVerbs
}

/** Where the verbs of a gate stand: scopes reach them, users do not. */
export const verbs: unique symbol = Symbol('kinograd.gate')

/** What scopes do with a gate. */
export interface GateVerbs {
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

/** An item's place in a gate, from the moment it starts until all that it opened is closed. */
export class Slot {
  readonly gate: Gate
  /** What the item is called. */
  readonly item: string
  /** When it started, in milliseconds of the RxJS clock. */
  readonly since: number
  /** The slot of the item around it, where scopes nest. */
  readonly outer: Slot | undefined
  /** The slot it runs on when the same gate is nested in itself; otherwise undefined. */
  readonly lender: Slot | undefined
  /** Bytes it holds. */
  bytes = 0
  /** Whether it has said how much it needs. */
  weighed = false
  /** The stage that it is in. */
  stage: string

  constructor(gate: Gate, item: string, since: number, outer: Slot | undefined, lender: Slot | undefined) {
    this.gate = gate
    this.item = item
    this.since = since
    this.outer = outer
    this.lender = lender
    this.stage = gate.name
  }
}

let current: Slot | undefined

/**
 * The slot in which a stage is being put together. A scope applies its stage afresh to every item, so an operator that
 * asks at the moment when it is applied learns whose item it will work for. Operators that apply a stage later (`each`)
 * remember the slot and restore it with `inSlot`.
 */
export const currentSlot = (): Slot | undefined => current

/** Runs a function with `slot` as the current one. */
export const inSlot = <T>(slot: Slot | undefined, f: () => T): T => {
  const before = current
  current = slot
  try {
    return f()
  } finally {
    current = before
  }
}

/** The nearest slot of this gate around a slot, if any. */
export const slotOf = (gate: Gate, slot: Slot | undefined): Slot | undefined => {
  let around = slot
  while (around !== undefined && around.gate !== gate) around = around.outer
  return around
}
