import { expect, test } from 'vitest'
import { gate } from '../../src/flow/gate.ts'
import { type Slot, verbs } from '../../src/flow/slot.ts'

const opened = (g: ReturnType<typeof gate>, name: string): Slot => {
  let slot: Slot | undefined
  g[verbs].enter(name, undefined, given => {
    slot = given
  })
  if (slot === undefined) throw new Error(`${name} has to wait`)
  return slot
}

test('what comes free while others are being served is given on at once, not when the next item leaves', () => {
  const shared = gate({ inFlight: 3, bytes: 10 })
  const [first, second, third] = ['first', 'second', 'third'].map(name => opened(shared, name)) as [Slot, Slot, Slot]
  const granted: string[] = []
  shared[verbs].claim(first, 10, () => granted.push('first'))
  shared[verbs].claim(second, 5, () => granted.push('second'))
  // A scope that is woken may close another item: a reader has seen enough.
  shared[verbs].onFree(() => shared[verbs].leave(first, 'cancelled'))
  shared[verbs].leave(third, 'done')
  expect(granted).toEqual(['first', 'second'])
  expect(shared[verbs].stats()).toMatchObject({ waiting: 0, active: 1, bytes: 5 })
})
