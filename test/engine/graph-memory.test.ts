import { fc, test as propertyTest } from '@fast-check/vitest'
import { expect, test } from 'vitest'
import { type Call, graphPeak, type Held } from '../../src/engine/tfjs/memory/graph-memory.ts'

/** What calls take that run together as a graph. */

const held = (bytes: number, references = 0): Held => ({ bytes, size: bytes / 4, references })
const call = (inputs: readonly Held[], outputs: readonly Held[], inPlace = false): Call => ({
  inputs,
  outputs,
  inPlace,
})

/** Each result from the one before; only the last is wanted. */
const chain = (length: number, inPlace: boolean): readonly Call[] => {
  const all = Array.from({ length: length + 1 }, (_, i) => held(8, i === length ? 1 : 0))
  return all.slice(1).map((output, i) => call([all[i]!], [output], inPlace))
}

test('a chain takes two results at once, and one where each is written over the last', () => {
  expect(graphPeak(chain(30, false))).toBe(16)
  expect(graphPeak(chain(30, true))).toBe(8)
})

test('what is read before it is there and what lives on is neither freed nor written over', () => {
  const [fed, wanted, later] = [held(8), held(8, 1), held(8, 1)]
  expect(graphPeak([call([fed], [wanted], true), call([wanted], [later], true)])).toBe(16)
})

test('what nothing depends on does not run', () => {
  const [a, b] = [held(8, 1), held(800)]
  expect(graphPeak([call([], [a]), call([a], [b])])).toBe(8)
})

test('results that wait for nothing are made early: those of sixteen calls', () => {
  // A weight becomes float32, is multiplied, and is gone; what comes of it is added.
  const sums = Array.from({ length: 41 }, (_, i) => held(4, i === 40 ? 1 : 0))
  const calls = Array.from({ length: 40 }, (_, i) => {
    const [floats, product] = [held(100), held(4)]
    const added = call([product, sums[i]!], [sums[i + 1]!], true)
    return [call([], [floats]), call([floats, sums[i]!], [product]), added]
  }).flat()
  expect(graphPeak(calls)).toBeGreaterThan(500)
  expect(graphPeak(calls)).toBeLessThan(800)
})

const graphs = fc
  .array(
    fc.record({
      bytes: fc.integer({ min: 1, max: 50 }),
      inputs: fc.array(fc.nat(), { maxLength: 3 }),
      wanted: fc.boolean(),
      inPlace: fc.boolean(),
    }),
    {
      minLength: 1,
      maxLength: 60,
    },
  )
  .map(rows => {
    const outputs = rows.map(({ bytes, wanted }) => held(bytes, wanted ? 1 : 0))
    return rows.map(({ inputs, inPlace }, i) =>
      call(i === 0 ? [] : inputs.map(n => outputs[n % i]!), [outputs[i]!], inPlace),
    )
  })

propertyTest.prop([graphs])('never less than what is wanted, never more than all', calls => {
  const bytes = (some: readonly Call[]) => some.reduce((sum, { outputs }) => sum + outputs[0]!.bytes, 0)
  const peak = graphPeak(calls)
  expect(peak).toBeGreaterThanOrEqual(bytes(calls.filter(({ outputs }) => outputs[0]!.references > 0)))
  expect(peak).toBeLessThanOrEqual(bytes(calls))
})
