import { describe, expect, test } from 'vitest'
import { ink } from '../../../examples/videop2r/world/font.ts'
import { render } from '../../../examples/videop2r/world/render.ts'
import { centre, letters } from '../../../examples/videop2r/world/scene.ts'
import { sceneOf } from './worlds.ts'

const pixel = (data: Uint8Array, frame: number, x: number, y: number) => {
  const at = 3 * ((frame * 56 + y) * 56 + x)
  return [data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0] as const
}
const paints = {
  red: [225, 45, 45],
  green: [50, 200, 70],
  blue: [65, 95, 240],
  yellow: [235, 220, 60],
  purple: [180, 65, 205],
}
const nearest = (rgb: readonly number[]) =>
  Object.entries(paints)
    .map(([name, paint]) => [name, Math.hypot(...paint.map((v, i) => v - (rgb[i] ?? 0)))] as const)
    .sort((a, b) => a[1] - b[1])[0]?.[0]

describe('a rendered clip', () => {
  test('has 8 frames of 56 × 56 and is the same each time', () => {
    const scene = sceneOf(1, 3)
    const frames = render(scene, 1, 'a')
    expect(frames.data.length).toBe(8 * 56 * 56 * 3)
    expect([frames.count, frames.height, frames.width, frames.times]).toEqual([
      8,
      56,
      56,
      [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75],
    ])
    expect(render(scene, 1, 'a').data).toEqual(frames.data)
    expect(render(scene, 1, 'b').data).not.toEqual(frames.data)
  })

  test('shows each object in its colour where it starts and ends, and not before it appears', () => {
    for (let seed = 0; seed < 60; seed++) {
      const scene = sceneOf(seed, 1 + (seed % 3), seed % 2 === 1)
      const { data } = render(scene, seed)
      const top = scene.objects.at(-1)
      if (top === undefined) throw new Error('a scene of no objects')
      for (const frame of [2 * (top.appears - 1), 7]) {
        const [x, y] = centre(top, frame).map(Math.round)
        expect(nearest(pixel(data, frame, x ?? 0, y ?? 0))).toBe(top.colour)
      }
      const alone = render({ ...scene, objects: [top] }, seed).data
      for (let frame = 0; frame < 2 * (top.appears - 1); frame++)
        for (let y = 16; y < 56; y++)
          for (let x = 0; x < 56; x++) expect(Math.max(...pixel(alone, frame, x, y))).toBeLessThan(60)
    }
  })

  test('shows letter and digit in the band above the objects', () => {
    for (let seed = 0; seed < 30; seed++) {
      const scene = sceneOf(seed, 3)
      const { data } = render(scene, seed)
      for (const [i, glyph] of [scene.letter, String(scene.digit)].entries())
        for (let row = 0; row < 7; row++)
          for (let column = 0; column < 5; column++) {
            const [r] = pixel(data, 5, scene.textX + 14 * i + 2 * column, 2 * row)
            expect(r > 128).toBe(ink(glyph, column, row))
          }
    }
  })

  test('no two glyphs look alike', () => {
    const glyphs = [...letters, ...'123456789']
    const bits = (glyph: string) => Array.from({ length: 35 }, (_, i) => ink(glyph, i % 5, Math.floor(i / 5)))
    for (const a of glyphs)
      for (const b of glyphs)
        if (a < b) expect(bits(a).filter((bit, i) => bit !== bits(b)[i]).length).toBeGreaterThanOrEqual(3)
  })
})
