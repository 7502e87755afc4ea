import { describe, expect, test } from 'vitest'
import { joined } from '../../src/untrusted/index.ts'

describe('joined', () => {
  test.each<readonly [unknown, unknown]>([
    [
      { a: 1, b: 2 },
      { b: 3, c: 4 },
    ],
    [{ a: 1 }, {}],
    [{}, { a: undefined }],
    [{ [Symbol.for('s')]: 1 }, { [Symbol.for('t')]: 2 }],
    [[1, 2], { length: 5 }],
    [{ 0: 'a', 1: 'b' }, 'xc'],
    [7, null],
    [JSON.parse('{"__proto__": {"x": 1}, "a": 1}'), { a: 2 }],
    [{ a: 2 }, JSON.parse('{"__proto__": 1}')],
  ])('gives what spreading gives: %o and %o', (a, b) => {
    const made = joined(a, b)
    expect(Object.getOwnPropertyDescriptors(made)).toEqual(
      Object.getOwnPropertyDescriptors({ ...Object(a), ...Object(b) }),
    )
    expect(Object.getPrototypeOf(made)).toBe(Object.prototype)
  })
})
