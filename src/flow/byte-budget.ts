import { type Fault, fault } from './fault.ts'
import { fifo } from './fifo.ts'
import type { Gate, Slot } from './slot.ts'

/** A slot that waits for so many bytes. */
class Claim {
  readonly slot: Slot
  readonly bytes: number
  readonly go: () => void
  constructor(slot: Slot, bytes: number, go: () => void) {
    this.slot = slot
    this.bytes = bytes
    this.go = go
  }
}

/** The bytes of a gate: who holds how many, and who waits for them. */
export interface ByteBudget {
  /** Bytes held in all. */
  readonly held: () => number
  /** How many slots wait. */
  readonly waiting: () => number
  /** Puts a claim at the end of the line; gives back how to give it up. */
  readonly ask: (slot: Slot, bytes: number, go: () => void) => () => void
  /** Grants what the budget allows, first come, first served: a heavy claim is not overtaken by light ones. */
  readonly grant: () => void
  /** Takes back what a slot holds. */
  readonly giveBack: (slot: Slot) => void
}

/** Makes a budget of so many bytes, of which none is held. */
export const byteBudget = (budget: number): ByteBudget => {
  const claims = fifo<Claim>()
  let held = 0
  return {
    held: () => held,
    waiting: claims.size,
    ask: (slot, bytes, go) => {
      const claim = new Claim(slot, bytes, go)
      claims.push(claim)
      return () => claims.remove(claim)
    },
    grant: () => {
      for (let next = claims.peek(); next && held + next.bytes <= budget; next = claims.peek()) {
        claims.shift()
        held += next.bytes
        next.slot.bytes = next.bytes
        next.go()
      }
    },
    giveBack: slot => {
      held -= slot.bytes
      slot.bytes = 0
    },
  }
}

/**
 * Why a claim can never be granted, if so. A slot claims once: items that each hold a part and wait for the rest would
 * wait for each other.
 */
export const refusal = (gate: Gate, slot: Slot, bytes: number): Fault | undefined => {
  if (!(bytes >= 0))
    return fault('BadWeight', `the weight is ${bytes}`, 'Give weigh a function that returns a number of bytes')
  if (bytes > gate.bytes)
    return fault(
      'TooHeavy',
      `it weighs ${bytes} bytes and gate ${gate.name} has a budget of ${gate.bytes}`,
      'Raise the budget, or make the item smaller before it is held (fewer frames, lower resolution)',
    )
  for (let around: Slot | undefined = slot; around !== undefined; around = around.lender)
    if (around.weighed)
      return fault('WeighedTwice', `it was weighed in gate ${gate.name} before`, 'Weigh an item once, for all it holds')
  return undefined
}
