import { defect, fault } from './fault.ts'
import { type Gate, type Slot, slotOf } from './slot.ts'

/** For every gate, the gates inside which it has been used. */
const outers = new WeakMap<Gate, Set<Gate>>()

/**
 * Notes that a gate is used inside a slot, and refuses what could deadlock: gate a inside gate b at one place and b
 * inside a at another, so that items could hold one and wait for the other in a circle. Seen when the stage is applied,
 * at the first item, whether or not the circle would have closed this time. A gate inside itself is no circle:
 * the nested scope runs on the slot that its item already holds.
 */
export const noteNesting = (gate: Gate, slot: Slot | undefined): void => {
  if (slot === undefined || slotOf(gate, slot) !== undefined) return
  const known = outers.get(gate) ?? new Set()
  if (known.has(slot.gate)) return
  if (isInside(slot.gate, gate, new Set()))
    throw defect(
      fault(
        'GateCycle',
        `gate ${gate.name} is used inside gate ${slot.gate.name} here, and ${slot.gate.name} inside ${gate.name} elsewhere: their items could wait for each other for ever`,
        'Nest the two in the same order everywhere, or use a third gate at one of the places',
      ),
    )
  outers.set(gate, known.add(slot.gate))
}

const isInside = (inner: Gate, outer: Gate, seen: Set<Gate>): boolean => {
  for (const around of outers.get(inner) ?? []) {
    if (around === outer) return true
    if (!seen.has(around) && isInside(around, outer, seen.add(around))) return true
  }
  return false
}
