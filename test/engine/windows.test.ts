import { visionLayout } from 'kinograd/engine/tfjs'
import { describe, expect } from 'vitest'
import { fc, test } from '../property.ts'

const numRuns = Number(process.env.KINOGRAD_FUZZ_RUNS ?? 100)
const sizes = { mergeSize: 2, windowSize: 56, patchSize: 14 }
const grids = fc.array(
  fc
    .tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 7 }))
    .map(([t, h, w]) => [t, 2 * h, 2 * w] as const),
  { minLength: 1, maxLength: 3 },
)

/** The window index as Hugging Face computes it: pad each frame with −100, permute, drop the padding. */
const reference = (all: readonly (readonly [number, number, number])[], side: number) => {
  const index: number[] = []
  const lengths: number[] = []
  let first = 0
  for (const [t, h2, w2] of all) {
    const [h, w] = [h2 / 2, w2 / 2]
    const [ph, pw] = [h + side - (h % side), w + side - (w % side)]
    for (let f = 0; f < t; f++)
      for (let wy = 0; wy < ph / side; wy++)
        for (let wx = 0; wx < pw / side; wx++) {
          const before = index.length
          for (let y = wy * side; y < (wy + 1) * side; y++)
            for (let x = wx * side; x < (wx + 1) * side; x++)
              if (y < h && x < w) index.push(first + (f * h + y) * w + x)
          if (index.length > before) lengths.push(4 * (index.length - before))
        }
    first += t * h * w
  }
  return { index, lengths }
}

describe('windows', () => {
  test.prop([grids, fc.constantFrom(56, 84, 112)], { numRuns })('equal the padded construction', (all, windowSize) => {
    const layout = visionLayout(all, { ...sizes, windowSize })
    const { index, lengths } = reference(all, windowSize / 28)
    expect([...layout.unitsToWindows]).toEqual(index)
    expect(layout.windowLengths).toEqual(lengths)
    expect(layout.frameLengths).toEqual(all.flatMap(([t, h, w]) => Array(t).fill(h * w)))
  })

  test.prop([grids], { numRuns })('orders are permutations with their inverses', all => {
    const l = visionLayout(all, sizes)
    for (const [there, back] of [
      [l.unitsToWindows, l.unitsFromWindows],
      [l.patchesToWindows, l.patchesFromWindows],
    ] as const)
      expect([...there].map(i => back[i])).toEqual([...there.keys()])
    expect(l.windowLengths.reduce((a, b) => a + b, 0)).toBe(l.patches)
  })

  test.prop([grids], { numRuns })('rows and columns follow merge blocks', all => {
    const { rows, columns } = visionLayout(all, sizes)
    const expected = all.flatMap(([t, h, w]) =>
      Array.from({ length: t }, () => {
        const frame: (readonly [number, number])[] = []
        for (let y = 0; y < h; y += 2)
          for (let x = 0; x < w; x += 2) for (const dy of [0, 1]) for (const dx of [0, 1]) frame.push([y + dy, x + dx])
        return frame
      }).flat(),
    )
    expect([...rows].map((y, i) => [y, columns[i]])).toEqual(expected)
  })
})
