import type { Gate } from './gate.ts'

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
  let at = slot
  while (at !== undefined && at.gate !== gate) at = at.outer
  return at
}
