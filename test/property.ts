import * as fc from 'fast-check'
import { test as plain } from 'vitest'

export { fc }

type Values = [unknown, ...unknown[]]
type Arbitraries<V extends Values> = { [Place in keyof V]: fc.Arbitrary<V[Place]> }

/**
 * A test of a property of random values: `test.prop([fc.nat()], { numRuns })('name', n => …)`. Its name says the seed, which
 * `{ seed }` repeats. `@fast-check/vitest` does the same and makes every order of Vitest's modifiers when it is imported, which took
 * three seconds of a processor in every file of tests.
 */
const prop =
  <V extends Values>(arbitraries: Arbitraries<V>, parameters: fc.Parameters<V> = {}) =>
  (name: string, holds: (...values: V) => unknown, timeout?: number): void => {
    const { seed = Date.now() ^ (Math.random() * 2 ** 32) } = parameters
    const property = fc.asyncProperty<V>(...arbitraries, async (...values) => (await holds(...values)) !== false)
    plain(`${name} (with seed=${seed})`, () => fc.assert(property, { ...parameters, seed }), timeout)
  }

/** Vitest's `test`, with `prop`. */
export const test = Object.assign(plain, { prop })
