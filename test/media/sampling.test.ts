import { either as E } from 'fp-ts'
import {
  adaptiveIndices,
  fps,
  frameCount,
  indicesAt,
  smartResize,
  spaced,
  uniform,
  videoR1Bounds,
} from 'kinograd/media'
import { describe, expect } from 'vitest'
import { fc, test } from '../property.ts'
import { left, right } from './scene.ts'

describe('how many frames', () => {
  test.each([
    [300, 30, 16],
    [90, 30, 6],
    [30, 30, 4],
    [5, 25, 4],
    [240, 24, 16],
  ])('%i frames at %i fps give %i, as in Video-R1', (total, rate, expected) => {
    expect(right(frameCount(fps(), total, rate))).toBe(expected)
  })

  test('explicit counts are rounded to even, half to even', () => {
    expect([3, 5, 7, 16].map(n => right(frameCount(uniform(n), 100, 1)))).toEqual([4, 4, 8, 16])
  })

  test('more than there are, or fewer than two, is a fault with both numbers', () => {
    expect(left(frameCount(uniform(16), 9, 30)).cause).toBe('16 frames asked of a clip of 9')
    expect([uniform(2), fps(), fps(2, 1, 1), fps(30, 4, 768)].map(spec => E.isLeft(frameCount(spec, 1, 30)))).toEqual([
      true,
      true,
      true,
      true,
    ])
  })
})

describe('evenly spaced indices', () => {
  test.prop([fc.integer({ min: 2, max: 400_000 }), fc.integer({ min: 2, max: 768 })])(
    'go from the first to the last, strictly upwards',
    (total, wish) => {
      const indices = spaced(total, Math.min(wish, total))
      expect([indices[0], indices.at(-1)]).toEqual([0, total - 1])
      for (let i = 1; i < indices.length; i++) expect(indices[i]).toBeGreaterThan(indices[i - 1] as number)
    },
  )
})

describe('adaptive indices', () => {
  const activity = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 400 })

  test.prop([activity, fc.integer({ min: 1, max: 64 })])(
    'spend exactly the budget, ascending, without repeats',
    (a, n) => {
      const budget = Math.min(n, a.length)
      const indices = right(adaptiveIndices(a, budget))
      expect(indices.length).toBe(budget)
      expect(new Set(indices).size).toBe(budget)
      expect([...indices].sort((x, y) => x - y)).toEqual(indices)
      expect(indices.every(i => i >= 0 && i < a.length)).toBe(true)
    },
  )

  test('look where the picture changes', () => {
    const still = Array.from({ length: 600 }, (_, i) => (i >= 400 && i < 410 ? 0.2 : 0.0001))
    const inside = right(adaptiveIndices(still, 16)).filter(i => i >= 399 && i < 411)
    expect(inside.length).toBeGreaterThanOrEqual(6)
  })

  test('are spread over a still clip', () => {
    const indices = right(adaptiveIndices(new Array<number>(160).fill(0), 16))
    for (let i = 1; i < 16; i++) expect((indices[i] as number) - (indices[i - 1] as number)).toBe(10)
  })

  test('refuse a budget beyond the clip', () => {
    expect(left(adaptiveIndices([0, 0], 3))._tag).toBe('BadSampling')
  })
})

describe('frames at times', () => {
  test.prop([
    fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { minLength: 1 }),
    fc.double({ min: -1, max: 101, noNaN: true }),
  ])('the last that is not later, else the first', (unsorted, time) => {
    const times = [...new Set(unsorted)].sort((a, b) => a - b)
    const index = indicesAt([time], times)[0] as number
    const later = times.findIndex(t => t > time + 1e-9)
    expect(index).toBe(Math.max(0, (later < 0 ? times.length : later) - 1))
  })
})

describe('sizes', () => {
  test.each([
    [720, 1280, 224, 420],
    [480, 640, 280, 364],
    [240, 320, 280, 392],
  ])('%i×%i becomes %i×%i in training, as in Video-R1', (h, w, toH, toW) => {
    expect(right(smartResize(h, w, videoR1Bounds))).toEqual([toH, toW])
  })

  test('beyond a ratio of 200 is a fault', () => {
    expect(left(smartResize(10, 2010, videoR1Bounds))._tag).toBe('BadSize')
  })
})
