import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

/** Mixes integers into one 32-bit seed (the finaliser of MurmurHash3 over each). */
export const mixSeed = (...parts: readonly number[]): number => {
  let h = 0x9e3779b9
  for (const part of parts) {
    h = Math.imul(h ^ (part | 0), 0x85ebca6b)
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
    h ^= h >>> 16
  }
  return h | 0
}

/** Numbers in [0, 1) that depend on the given integers alone: equal parts, equal stream. */
export const uniformStream = (...parts: readonly number[]): (() => number) => {
  const generator = xoroshiro128plus(mixSeed(...parts))
  return () => (generator.next() >>> 0) / 0x1_0000_0000
}
