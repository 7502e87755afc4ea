/** A place of a leftist heap: what is below it comes later, and the shorter way down is on the right. */
interface Place<A> {
  readonly time: number
  readonly number: number
  readonly event: A
  readonly depth: number
  readonly left: Place<A> | undefined
  readonly right: Place<A> | undefined
}

/** Events that are still to come. A value: adding to it, or taking from it, gives another one. */
export interface EventQueue<A> {
  readonly size: number
  /** How many were ever added: events of one time come in the order in which they were. */
  readonly added: number
  readonly root: Place<A> | undefined
}

/** The first event of a queue, and the queue without it. */
export interface NextEvent<A> {
  readonly time: number
  readonly event: A
  readonly rest: EventQueue<A>
}

/** A queue without events. */
export const noEvents: EventQueue<never> = { size: 0, added: 0, root: undefined }

const before = <A>(a: Place<A>, b: Place<A>): boolean => a.time < b.time || (a.time === b.time && a.number < b.number)

const depthOf = (place: Place<unknown> | undefined): number => place?.depth ?? 0

const merged = <A>(a: Place<A> | undefined, b: Place<A> | undefined): Place<A> | undefined => {
  if (a === undefined) return b
  if (b === undefined) return a
  const [first, other] = before(a, b) ? [a, b] : [b, a]
  const below = merged(first.right, other)
  const [left, right] = depthOf(first.left) >= depthOf(below) ? [first.left, below] : [below, first.left]
  const { time, number, event } = first
  return { time, number, event, left, right, depth: depthOf(right) + 1 }
}

/**
 * A queue with one more event. Takes a logarithm of its size; shares all else with the queue that was given.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { noEvents, withEvent } from 'kinograd/simulation'
 *
 * assert.equal(withEvent(noEvents, 2.5, 'judged').size, 1)
 * assert.equal(noEvents.size, 0)
 * ```
 */
export const withEvent = <A>({ size, added, root }: EventQueue<A>, time: number, event: A): EventQueue<A> => ({
  size: size + 1,
  added: added + 1,
  root: merged(root, { time, number: added, event, depth: 1, left: undefined, right: undefined }),
})

/**
 * The earliest event of a queue; of several at one time the one that was added first. Undefined where there is none.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { type EventQueue, nextEvent, noEvents, withEvent } from 'kinograd/simulation'
 *
 * const later: EventQueue<string> = withEvent(noEvents, 2, 'later')
 * const both = withEvent(later, 1, 'sooner')
 * assert.equal(nextEvent(both)?.event, 'sooner')
 * assert.equal(nextEvent(later)?.event, 'later')
 * ```
 */
export const nextEvent = <A>({ size, added, root }: EventQueue<A>): NextEvent<A> | undefined =>
  root === undefined
    ? undefined
    : { time: root.time, event: root.event, rest: { size: size - 1, added, root: merged(root.left, root.right) } }
