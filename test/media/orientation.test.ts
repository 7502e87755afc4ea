import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { adapters, few } from './decoders.ts'
import { folder, left, render, right } from './scene.ts'
import { writeStreams } from './streams.ts'

const home = folder()
afterAll(() => rmSync(home, { recursive: true, force: true }))

const [width, height] = [160, 96]
const one = 2 ** 16

/** Entries a, b, c, d of a display matrix: x′ = a·x + c·y, y′ = b·x + d·y. */
type Entries = readonly [a: number, b: number, c: number, d: number]

const eight: Readonly<Record<string, Entries>> = {
  'as stored': [1, 0, 0, 1],
  'a quarter turn': [0, 1, -1, 0],
  'half a turn': [-1, 0, 0, -1],
  'a quarter turn back': [0, -1, 1, 0],
  'left and right changed': [-1, 0, 0, 1],
  'top and bottom changed': [1, 0, 0, -1],
  'both diagonals, one': [0, 1, 1, 0],
  'both diagonals, the other': [0, -1, -1, 0],
}

let plain = ''
beforeAll(async () => {
  plain = await render(join(home, 'plain.mp4'), 12, { width, height, fps: 10, gop: 5 })
})

/** The clip with another matrix in the header of its track, or of the movie. */
const withMatrix = (name: string, entries: readonly number[], box: 'tkhd' | 'mvhd' = 'tkhd'): string => {
  const bytes = Buffer.from(readFileSync(plain))
  const start = bytes.indexOf(box) + 4 + (box === 'tkhd' ? 40 : 36)
  for (const [i, entry] of entries.entries()) bytes.writeInt32BE(entry, start + 4 * i)
  const path = join(home, `${name}.mp4`)
  writeFileSync(path, bytes)
  return path
}

const nine = ([a, b, c, d]: Entries, scale = one): number[] => [
  Math.round(a * scale),
  Math.round(b * scale),
  0,
  Math.round(c * scale),
  Math.round(d * scale),
  0,
  0,
  0,
  2 ** 30,
]

/** The stored picture moved pixel by pixel, by the definition of the matrix. */
const moved = (rgb: Uint8Array, [a, b, c, d]: Entries): { readonly data: Uint8Array; readonly across: number } => {
  const [across, down] = a === 0 ? [height, width] : [width, height]
  const out = new Uint8Array(rgb.length)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const to = (value: number, size: number) => (value < 0 ? size + value : value)
      const shift = (p: number, q: number) => (p + q < 0 ? -1 : 0)
      const [column, row] = [to(a * x + c * y + shift(a, c), across), to(b * x + d * y + shift(b, d), down)]
      out.set(rgb.subarray(3 * (y * width + x), 3 * (y * width + x) + 3), 3 * (row * across + column))
    }
  return { data: out, across }
}

describe.each(adapters)('display matrices: $name', ({ name: decoderName, make }) => {
  const decoder = make()
  const frameOf = async (path: string) => {
    const clip = right(await decoder.probe(path)())
    return { clip, frames: right(await decoder.frames(clip, [7])()) }
  }
  const expectMoved = async (path: string, entries: Entries) => {
    const stored = await frameOf(plain)
    const { clip, frames } = await frameOf(path)
    const { data, across } = moved(stored.frames.data, entries)
    expect([clip.width, frames.width, frames.height]).toEqual([across, across, (width * height) / across])
    expect(Buffer.compare(frames.data, data)).toBe(0)
    return clip
  }

  test.each(few(decoderName, Object.entries(eight)))('%s', async (name, entries) => {
    const clip = await expectMoved(withMatrix(name, nine(entries)), entries)
    expect(clip.mirrored ?? false).toBe(entries[0] * entries[3] - entries[1] * entries[2] < 0)
  })

  test.each(few(decoderName, Object.entries(eight).slice(1)))('%s, of the whole movie', async (name, entries) => {
    await expectMoved(withMatrix(`${name} movie`, nine(entries), 'mvhd'), entries)
  })

  test('those of a track and of its movie add up', async () => {
    const path = withMatrix('both', nine(eight['a quarter turn'] as Entries))
    const bytes = Buffer.from(readFileSync(path))
    const start = bytes.indexOf('mvhd') + 4 + 36
    for (const [i, entry] of nine(eight['left and right changed'] as Entries).entries())
      bytes.writeInt32BE(entry, start + 4 * i)
    writeFileSync(path, bytes)
    await expectMoved(path, [0, 1, 1, 0])
  })

  test('sizes, rounding and a matrix of zeros change nothing', async () => {
    const turn = eight['a quarter turn'] as Entries
    await expectMoved(withMatrix('double', nine(turn, 2 * one)), turn)
    await expectMoved(withMatrix('rounded', [1, one - 1, 0, 1 - one, -1, 0, 96, 0, 2 ** 30]), turn)
    await expectMoved(withMatrix('zeros', Array(9).fill(0)), [1, 0, 0, 1])
  })

  const skewed = [
    ['an eighth turn', nine([Math.SQRT1_2, Math.SQRT1_2, -Math.SQRT1_2, Math.SQRT1_2])],
    ['five degrees', nine([0.9962, 0.0872, -0.0872, 0.9962])],
    ['slanted', nine([1, 0.5, 0, 1])],
    ['flat', nine([1, 0, 0, 0])],
    ['in perspective', [one, 0, 2 ** 20, 0, one, 0, 0, 0, 2 ** 30]],
  ] as const
  test.each(few(decoderName, skewed))('any other is refused: %s', async (name, entries) => {
    const fault = left(await decoder.probe(withMatrix(name, entries))())
    expect(fault._tag).toBe('Undecodable')
    expect(fault.cause).toContain('display matrix')
  })

  test('of several tracks, the matrix of the chosen one', async () => {
    const part = { width, height, count: 4 }
    const path = writeStreams(join(home, 'two.mp4'), [
      { parts: [part] },
      { parts: [part], displayMatrix: nine(eight['left and right changed'] as Entries) },
    ])
    const [first, second] = [make({ videoStream: 0 }), make({ videoStream: 1 })]
    expect(right(await first.probe(path)()).mirrored).toBeUndefined()
    expect(right(await second.probe(path)())).toMatchObject({ mirrored: true, rotation: 0, videoStream: 1 })
  })
})
