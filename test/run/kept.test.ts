import { describe, expect } from 'vitest'
import { newestByKey } from '../../src/run/newest.ts'
import { thinned } from '../../src/run/report/thinned.ts'
import { fc, test } from '../property.ts'

const numRuns = Number(process.env.KINOGRAD_FUZZ_RUNS ?? 100)

describe('the newest by key', () => {
  test.prop([fc.array(fc.tuple(fc.constantFrom('a', 'b', '__proto__'), fc.nat())), fc.integer({ min: 1, max: 4 })], {
    numRuns,
  })('are the last of each key in their order', (pairs, limit) => {
    const newest = newestByKey<(typeof pairs)[number]>(limit, ([key]) => key)
    for (const pair of pairs) newest.add(pair)
    const keys = [...new Set(pairs.map(([key]) => key))]
    expect(newest.all()).toEqual(keys.flatMap(key => pairs.filter(([one]) => one === key).slice(-limit)))
  })
})

describe('a thinned line', () => {
  test.prop([fc.nat({ max: 500 }), fc.integer({ min: 1, max: 8 })], { numRuns })(
    'has no more points than it may, in order, and only means of all that was added',
    (count, half) => {
      const limit = 2 * half
      const line = thinned(limit)
      for (let x = 0; x < count; x++) line.add({ x, y: 3 * x + 1 })
      const { points, per } = line.all()
      expect(per * points.length).toBeGreaterThanOrEqual(count)
      expect(points.length).toBeLessThanOrEqual(limit)
      expect(points.length).toBeGreaterThanOrEqual(Math.min(count, half))
      for (const { x, y } of points) expect(y).toBeCloseTo(3 * x + 1, 6)
      expect(points.map(({ x }) => x)).toEqual(points.map(({ x }) => x).sort((a, b) => a - b))
      if (count <= limit) expect(points.map(({ x }) => x)).toEqual(Array.from({ length: count }, (_, x) => x))
      if (count > 0) expect(points[0]!.x).toBeLessThanOrEqual(count / half)
    },
  )
})
