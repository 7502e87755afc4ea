import {
  type Distribution,
  drawnFrom,
  type EventQueue,
  meanOf,
  nextEvent,
  noEvents,
  uniformOf,
  withEvent,
} from 'kinograd/simulation'
import { describe, expect } from 'vitest'
import { fc, test } from '../property.ts'

const emptied = (queue: EventQueue<number>): readonly (readonly [number, number])[] => {
  const out: [number, number][] = []
  for (let next = nextEvent(queue); next !== undefined; next = nextEvent(next.rest)) out.push([next.time, next.event])
  return out
}

describe('an event queue', () => {
  test.prop([fc.array(fc.nat({ max: 20 }), { maxLength: 200 })])(
    'gives events by time, and those of one time in the order in which they were added',
    times => {
      const queue = times.reduce<EventQueue<number>>((all, time, i) => withEvent(all, time, i), noEvents)
      expect(queue.size).toBe(times.length)
      const sorted = times.map((time, i) => [time, i] as const).sort(([a, i], [b, j]) => a - b || i - j)
      expect(emptied(queue)).toEqual(sorted)
    },
  )
  test.prop([fc.array(fc.nat({ max: 20 }), { minLength: 1, maxLength: 50 }), fc.nat({ max: 20 })])(
    'is a value: what is added to it, or taken from it, leaves it as it was',
    (times, more) => {
      const queue = times.reduce<EventQueue<number>>((all, time, i) => withEvent(all, time, i), noEvents)
      const before = emptied(queue)
      withEvent(queue, more, -1)
      nextEvent(queue)
      expect(emptied(queue)).toEqual(before)
    },
  )
})

const positive = fc.double({ min: 0.01, max: 100, noNaN: true })
const spreads: fc.Arbitrary<Distribution> = fc.oneof(
  positive.map(value => ({ kind: 'always', value }) as const),
  positive.map(mean => ({ kind: 'exponential', mean }) as const),
  fc.record({
    kind: fc.constant('lognormal' as const),
    median: positive,
    sigma: fc.double({ min: 0, max: 0.8, noNaN: true }),
  }),
  fc
    .tuple(positive, positive)
    .map(([a, b]) => ({ kind: 'uniform', from: Math.min(a, b), to: Math.max(a, b) }) as const),
  fc.array(positive, { minLength: 1, maxLength: 8 }).map(values => ({ kind: 'among', values }) as const),
)

describe('what is drawn', () => {
  test.prop([spreads, fc.integer()], { numRuns: 40 })(
    'has the mean that is said of it, and is the same for the same seed',
    (spread, seed) => {
      const many = (from: number) => {
        const uniform = uniformOf(from)
        return Array.from({ length: 4000 }, () => drawnFrom(spread, uniform))
      }
      const values = many(seed)
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length
      // Six standard errors: of eight values the deviation is at most √7 means, and that of the others is less.
      expect(Math.abs(mean / meanOf(spread) - 1)).toBeLessThan((6 * Math.sqrt(7)) / Math.sqrt(4000))
      expect(values.every(value => value >= 0)).toBe(true)
      expect(many(seed)).toEqual(values)
    },
  )
})
