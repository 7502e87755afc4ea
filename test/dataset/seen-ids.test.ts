import { describe, expect, it } from 'vitest'
import { seenIds } from '../../src/dataset/seen-ids.ts'
import { fc, test } from '../property.ts'

/** Numbers at the borders of pages, of words in them, and of what is kept as bits. */
const borders = [0, 31, 32, 2 ** 15 - 1, 2 ** 15, 2 ** 27 - 1, 2 ** 27, 2 ** 31, 2 ** 32, 999_999_999_999_999]
const id = fc.oneof(
  fc.nat(70).map(String),
  fc.constantFrom(...borders).chain(border => fc.integer({ min: -2, max: 2 }).map(step => String(border + step))),
  fc.nat(9).map(number => `0${number}`),
  fc.constantFrom('', '-1', '1.0', '1e3', '٣', 'clip 7', '1234567890123456'),
)

describe('ids that were seen', () => {
  test.prop([fc.array(id, { maxLength: 200 })])('are those of a set of texts', ids => {
    const isSeen = seenIds()
    const known = new Set<string>()
    for (const one of ids) {
      expect(isSeen(one)).toBe(known.has(one))
      known.add(one)
    }
  })

  it('take a bit each where they count', () => {
    const isSeen = seenIds()
    const before = process.memoryUsage().arrayBuffers
    for (let number = 0; number < 1_000_000; number++) isSeen(String(number))
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000)
    expect(isSeen('999999')).toBe(true)
    expect(isSeen('1000000')).toBe(false)
  })
})
