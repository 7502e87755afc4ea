/** A stream of pseudo-random numbers. Every value depends only on the keys it was made from, never on global state. */
export interface Random {
  /** Uniform in [0, 1). */
  readonly next: () => number
  /** Uniform whole number in 0 … n − 1. */
  readonly below: (n: number) => number
  readonly chance: (p: number) => boolean
  readonly pick: <T>(items: readonly [T, ...T[]]) => T
  /** Index drawn in proportion to `weights` (not negative, sum above 0). */
  readonly weighted: (weights: readonly number[]) => number
  /** The items in a random order. */
  readonly shuffle: <T>(items: readonly T[]) => T[]
}

/** 32-bit FNV-1a of the keys, with a final avalanche: near keys give unrelated seeds. */
export const hash = (...keys: readonly (string | number)[]): number => {
  const text = keys.join('\u0000')
  let h = 0x811c9dc5
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** A stream for these keys: `random(seed, 'teacher', record.id)`. The generator is mulberry32. */
export const random = (...keys: readonly (string | number)[]): Random => {
  let state = hash(...keys)
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
  const below = (n: number) => Math.floor(next() * n)
  return {
    next,
    below,
    chance: p => next() < p,
    pick: items => items[below(items.length)] ?? items[0],
    weighted: weights => {
      const at = next() * weights.reduce((sum, w) => sum + w, 0)
      let sum = 0
      const found = weights.findIndex(w => {
        sum += w
        return at < sum
      })
      return found < 0 ? weights.length - 1 : found
    },
    shuffle: items => {
      const out = [...items]
      for (let i = out.length - 1; i > 0; i--) {
        const j = below(i + 1)
        const [a, b] = [out[i], out[j]]
        if (a !== undefined && b !== undefined) {
          out[i] = b
          out[j] = a
        }
      }
      return out
    },
  }
}
