import { basename } from 'node:path'
import { fc, test } from '@fast-check/vitest'
import { either as E } from 'fp-ts'
import { checkMedia, type Positioned, ropeIndex } from 'kinograd/engine/tfjs'
import { describe, expect } from 'vitest'
import { goldenCases, ints, readGolden } from './golden.ts'
import { tinyConfig } from './tiny-config.ts'

const numRuns = Number(process.env.KINOGRAD_FUZZ_RUNS ?? 100)
const { tokens } = tinyConfig

const grid = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }))
const medium = fc
  .record({
    grid,
    kind: fc.constantFrom('image' as const, 'video' as const),
    secondsPerGrid: fc.double({ min: 0.05, max: 8, noNaN: true }),
  })
  .map(m => ({ ...m, grid: [m.kind === 'image' ? 1 : m.grid[0], 2 * m.grid[1], 2 * m.grid[2]] as const }))

const prompt: fc.Arbitrary<Positioned> = fc
  .record({ media: fc.array(medium, { maxLength: 3 }), text: fc.integer({ min: 1, max: 5 }) })
  .map(({ media, text }) => ({
    media,
    ids: Int32Array.from([
      ...Array(text).fill(5),
      ...media.flatMap(({ grid: [t, h, w], kind }) => [
        tokens.visionStart,
        ...Array((t * h * w) / 4).fill(tokens[kind]),
        tokens.visionEnd,
      ]),
      5,
    ]),
  }))

describe('positions', () => {
  test.skipIf(goldenCases.length === 0).each(goldenCases.map(path => [basename(path), path] as const))(
    'equal Hugging Face on %s',
    async (_, path) => {
      const { config, tensors, layout, secondsPerGrid } = await readGolden(path)
      const gridOf = (name: string) => ints(tensors, name) as unknown as [number, number, number]
      const media = [
        ...(tensors.has('image_grid_thw')
          ? [{ kind: 'image' as const, grid: gridOf('image_grid_thw'), secondsPerGrid: 1 }]
          : []),
        { kind: 'video' as const, grid: gridOf('video_grid_thw'), secondsPerGrid },
      ]
      const input = { ids: ints(tensors, 'input_ids'), media }
      expect(checkMedia(input, config)).toEqual(E.right(undefined))
      const { positions, delta } = ropeIndex(input, config, layout)
      expect([...positions]).toEqual([...ints(tensors, 'position_ids')])
      expect([delta]).toEqual([...ints(tensors, 'rope_delta')])
    },
  )

  test.prop([prompt], { numRuns })(
    'text after a medium starts beyond every position of the prompt under qwen',
    input => {
      const { positions, delta, next } = ropeIndex(input, tinyConfig, 'qwen')
      expect(next).toBe(input.ids.length + delta)
      expect(next).toBe(Math.max(...positions) + 1)
    },
  )

  test.prop([prompt], { numRuns })('both layouts agree within a medium and never go back in text', input => {
    const L = input.ids.length
    for (const layout of ['qwen', 'transformers5'] as const) {
      const { positions, next } = ropeIndex(input, tinyConfig, layout)
      expect(positions[L - 1]).toBe(next - 1)
      const text = [...input.ids.keys()].filter(i => input.ids[i] !== tokens.image && input.ids[i] !== tokens.video)
      for (const [k, i] of text.slice(1).entries())
        expect(positions[i]).toBeGreaterThan(positions[text[k] as number] as number)
    }
  })

  test.prop([prompt], { numRuns })('one pad token too many or too few is a fault with both numbers', input => {
    expect(checkMedia(input, tinyConfig)).toEqual(E.right(undefined))
    const [first] = input.media
    if (first === undefined) return
    const pads = (first.grid[0] * first.grid[1] * first.grid[2]) / 4
    const at = input.ids.indexOf(tokens[first.kind])
    const shorter = Int32Array.from([...input.ids.subarray(0, at), ...input.ids.subarray(at + 1)])
    expect(checkMedia({ ...input, ids: shorter }, tinyConfig)).toMatchObject(
      E.left({
        _tag: 'BadPrompt',
        cause: expect.stringContaining(
          pads > 1 ? `makes ${pads} tokens, the prompt has ${pads - 1}` : ' tokens, the prompt has ',
        ),
      }),
    )
    const longer = Int32Array.from([...input.ids, tokens[first.kind]])
    expect(checkMedia({ ...input, ids: longer }, tinyConfig)).toMatchObject(E.left({ _tag: 'BadPrompt' }))
  })

  test('a clip of 60 s in 32 frames steps by 7.5 positions', () => {
    const ids = new Int32Array(16).fill(tokens.video)
    const media = [{ kind: 'video' as const, grid: [16, 2, 2] as const, secondsPerGrid: 3.75 }]
    const { positions } = ropeIndex({ ids, media }, tinyConfig, 'qwen')
    expect([...positions.subarray(0, 4)]).toEqual([0, 7, 15, 22])
  })
})
