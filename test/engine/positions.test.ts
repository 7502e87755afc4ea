import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { either as E } from 'fp-ts'
import { checkMedia, layoutOf, type MropeLayout, type Positioned, ropeIndex } from 'kinograd/engine/tfjs'
import { describe, expect } from 'vitest'
import { fc, test } from '../property.ts'
import { goldenCases, ints, readGolden } from './golden.ts'
import { tinyConfig } from './tiny-config.ts'

interface Made {
  readonly versions: Readonly<Record<MropeLayout, string>>
  readonly cases: readonly ({
    readonly media: Positioned['media']
    readonly ids: readonly number[]
  } & Readonly<Record<MropeLayout, { readonly positions: readonly number[]; readonly delta: number }>>)[]
}
const made: Made = JSON.parse(readFileSync(fileURLToPath(new URL('positions.json', import.meta.url)), 'utf8'))

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
      // Where seconds are whole, transformers 4 computes what the models were trained with.
      for (const one of layout === 'qwen' ? (['qwen', 'transformers4'] as const) : [layout]) {
        const { positions, delta } = ropeIndex(input, config, one)
        expect([...positions]).toEqual([...ints(tensors, 'position_ids')])
        expect([delta]).toEqual([...ints(tensors, 'rope_delta')])
      }
    },
  )

  const layouts = ['qwen', 'transformers4', 'transformers5'] as const
  test.each(layouts.flatMap(layout => made.cases.map((one, i) => [layout, i, one] as const)))(
    'under %s equal those of transformers for fractions of seconds, case %i',
    (layout, _, { media, ids, [layout]: theirs }) => {
      expect(layoutOf(made.versions[layout])).toBe(layout)
      const input = { ids: Int32Array.from(ids), media }
      expect(checkMedia(input, tinyConfig)).toEqual(E.right(undefined))
      const { positions, delta } = ropeIndex(input, tinyConfig, layout)
      expect({ positions: [...positions], delta }).toEqual(theirs)
    },
  )

  test.each<readonly [unknown, MropeLayout]>([
    ...([undefined, null, 4.57, '', '4.41.2', '4.51.3', 'five'] as const).map(v => [v, 'qwen'] as const),
    ...['4.52.0', '4.57.6', '4.100.0.dev0', '5.0.0', '5.2.0'].map(v => [v, 'transformers4'] as const),
    ...['5.3.0', '5.18.0', '6.0.0', '10.1'].map(v => [v, 'transformers5'] as const),
  ])('of a checkpoint that transformers %j wrote: %s', (version, layout) => {
    expect(layoutOf(version)).toBe(layout)
  })

  test.prop([prompt, fc.constantFrom('qwen' as const, 'transformers4' as const)], { numRuns })(
    'text after a medium starts beyond every position of the prompt under qwen and transformers4',
    (input, layout) => {
      const { positions, delta, next } = ropeIndex(input, tinyConfig, layout)
      expect(next).toBe(input.ids.length + delta)
      expect(next).toBe(Math.max(...positions) + 1)
    },
  )

  test.prop([prompt], { numRuns })('all layouts agree within a medium and never go back in text', input => {
    const L = input.ids.length
    for (const layout of ['qwen', 'transformers4', 'transformers5'] as const) {
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
