import { type Encoding, encode, type Track } from './encode.ts'
import type { Expected } from './expected.ts'
import { type Container, mux } from './mux.ts'

/** One file of the suite: how it is made and what is right for it, both by construction. */
export interface MediaCase {
  readonly name: string
  /** Why the file is in the suite. */
  readonly why: string
  readonly make: () => Buffer
  readonly right: Expected
  /** Takes long to make or to decode: left out of the small form. */
  readonly slow?: boolean
}

const tracks = new Map<string, Track>()

/** Encoded pictures; the same wish is encoded once. */
export const track = (encoding: Encoding = {}): Track => {
  const key = JSON.stringify(encoding, (_, value: unknown) => (typeof value === 'function' ? String(value) : value))
  const known = tracks.get(key) ?? encode(encoding)
  tracks.set(key, known)
  return known
}

/** H.264 in groups of 12 pictures with two B frames between others: what most cases are made of. */
export const plain: Encoding = { bFrames: 2 }

/** A file of one video track. */
export const file = (format: string, encoding: Encoding, container: Omit<Container, 'format'> = {}): Buffer =>
  mux([track(format === 'mpegts' ? { global: false, ...encoding } : encoding)], { format, ...container })

/** From `from` on, so many numbers. */
export const run = (count: number, from = 0): readonly number[] => Array.from({ length: count }, (_, i) => from + i)

/** Times of evenly spaced pictures. */
export const evenly = (count: number, fps = 25): readonly number[] => run(count).map(i => i / fps)

/** The right values of evenly spaced pictures with these numbers. */
export const showing = (numbers: readonly number[], more: Expected = {}): Expected => ({
  frames: numbers.length,
  numbers,
  times: evenly(numbers.length),
  size: [160, 96],
  ...more,
})
