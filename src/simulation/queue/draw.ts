import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

/** How a quantity is spread: what is drawn from. Everything is at least 0. */
export type Distribution =
  | { readonly kind: 'always'; readonly value: number }
  | { readonly kind: 'exponential'; readonly mean: number }
  /** `sigma` is the standard deviation of its logarithm. */
  | { readonly kind: 'lognormal'; readonly median: number; readonly sigma: number }
  | { readonly kind: 'uniform'; readonly from: number; readonly to: number }
  /** Values that were measured, each as likely as the others; at least one. */
  | { readonly kind: 'among'; readonly values: readonly number[] }

/** Gives the next number of a stream, in [0, 1). */
export type Uniform = () => number

/**
 * The stream of a seed: equal seeds, equal numbers.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { uniformOf } from 'kinograd/simulation'
 *
 * const [one, same] = [uniformOf(7), uniformOf(7)]
 * assert.deepEqual([one(), one()], [same(), same()])
 * ```
 */
export const uniformOf = (seed: number): Uniform => {
  // Mixed, as neighbouring seeds of the generator begin alike.
  const mixed = Math.imul(seed ^ (seed >>> 16) ^ 0x9e3779b9, 0x85ebca6b)
  const generator = xoroshiro128plus(Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35))
  return () => (generator.next() >>> 0) / 0x1_0000_0000
}

/**
 * A number that is always the same.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { always, drawnFrom, uniformOf } from 'kinograd/simulation'
 *
 * assert.equal(drawnFrom(always(3), uniformOf(0)), 3)
 * ```
 */
export const always = (value: number): Distribution => ({ kind: 'always', value })

/** A standard normal number (Box and Muller); takes two numbers of the stream. */
const normal = (uniform: Uniform): number => {
  const radius = Math.sqrt(-2 * Math.log(1 - uniform()))
  return radius * Math.cos(2 * Math.PI * uniform())
}

/**
 * Draws one value. Every kind takes a number of uniforms of its own, whatever comes out, so that streams stay in step.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { drawnFrom, uniformOf } from 'kinograd/simulation'
 *
 * const seconds = drawnFrom({ kind: 'uniform', from: 2, to: 4 }, uniformOf(1))
 * assert(seconds >= 2 && seconds < 4)
 * ```
 */
export const drawnFrom = (spread: Distribution, uniform: Uniform): number => {
  switch (spread.kind) {
    case 'always':
      return spread.value
    case 'exponential':
      return -spread.mean * Math.log(1 - uniform())
    case 'lognormal':
      return spread.median * Math.exp(spread.sigma * normal(uniform))
    case 'uniform':
      return spread.from + (spread.to - spread.from) * uniform()
    case 'among':
      return spread.values[Math.floor(uniform() * spread.values.length)] ?? 0
  }
}

/**
 * What is drawn on average.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { meanOf } from 'kinograd/simulation'
 *
 * assert.equal(meanOf({ kind: 'among', values: [1, 2, 6] }), 3)
 * ```
 */
export const meanOf = (spread: Distribution): number => {
  switch (spread.kind) {
    case 'always':
      return spread.value
    case 'exponential':
      return spread.mean
    case 'lognormal':
      return spread.median * Math.exp(spread.sigma ** 2 / 2)
    case 'uniform':
      return (spread.from + spread.to) / 2
    case 'among':
      return spread.values.reduce((sum, value) => sum + value, 0) / Math.max(1, spread.values.length)
  }
}
