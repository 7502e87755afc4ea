import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Decoder, encodeVideo } from 'kinograd/media'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { adapters, program } from './decoders.ts'
import { folder, left, numbered, readNumber, right } from './scene.ts'

const home = folder()
afterAll(() => rmSync(home, { recursive: true, force: true }))
const [width, height, count] = [160, 96, 12]

const chunk = (name: string, content: Buffer): Buffer => {
  const head = Buffer.alloc(8)
  head.write(name, 0, 'latin1')
  head.writeUInt32LE(content.length, 4)
  return Buffer.concat([head, content, Buffer.alloc(content.length % 2)])
}
const list = (name: string, ...parts: Buffer[]): Buffer =>
  chunk('LIST', Buffer.concat([Buffer.from(name, 'latin1'), ...parts]))
const words = (...values: number[]): Buffer => {
  const out = Buffer.alloc(4 * values.length)
  for (const [i, value] of values.entries()) out.writeUInt32LE(value, 4 * i)
  return out
}

/** A palette of greys, backwards: taken for something else, pictures come out as negatives, or black. */
const palette = Buffer.from(Array.from({ length: 256 }, (_, i) => [255 - i, 255 - i, 255 - i, 0]).flat())

/** An AVI of uncompressed numbers of a palette that stands in its header alone (BI_RGB with 8 bits). */
const avi = (): Buffer => {
  const size = width * height
  const bitmap = Buffer.concat([
    words(40, width, height),
    Buffer.from([1, 0, 8, 0]),
    words(0, size, 0, 0, 256, 0),
    palette,
  ])
  const main = words(100_000, 0, 0, 0x10, count, 0, 1, size, width, height, 0, 0, 0, 0)
  const stream = Buffer.concat([
    Buffer.from('vidsDIB ', 'latin1'),
    words(0, 0, 0, 1, 10, 0, count, size, 0, 0),
    Buffer.from([0, 0, 0, 0, width, 0, height, 0]),
  ])
  const pictures = Array.from({ length: count }, (_, n) => {
    const rgb = numbered(n, width, height)
    // Rows from the bottom up, each the green of the picture as its place in the palette.
    const rows = Buffer.alloc(size)
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) rows[(height - 1 - y) * width + x] = 255 - rgb[3 * (y * width + x) + 1]!
    return chunk('00db', rows)
  })
  const index = Buffer.concat(
    pictures.map((_, n) => Buffer.concat([Buffer.from('00db', 'latin1'), words(0x10, 4 + n * (size + 8), size)])),
  )
  const head = list('hdrl', chunk('avih', main), list('strl', chunk('strh', stream), chunk('strf', bitmap)))
  return chunk(
    'RIFF',
    Buffer.concat([Buffer.from('AVI ', 'latin1'), head, list('movi', ...pictures), chunk('idx1', index)]),
  )
}

const expectNumbers = async (decoder: Decoder, path: string, total: number) => {
  const clip = right(await decoder.probe(path)())
  expect(clip.frameCount).toBe(total)
  for (const indices of [[total - 1], [Math.floor(total / 2), 1], [0, total - 2]]) {
    const frames = right(await decoder.frames(clip, indices)())
    expect(indices.map((_, i) => readNumber(frames.data.subarray(i * width * height * 3), width, height))).toEqual(
      indices,
    )
  }
}

describe.each(adapters)('palettes: $name', ({ make }) => {
  test('one that only the header brings (AVI)', async () => {
    const path = join(home, 'header.avi')
    writeFileSync(path, avi())
    await expectNumbers(make(), path, count)
  })
})

const kinds = [
  ['raw.avi', ['-c:v', 'rawvideo', '-pix_fmt', 'pal8']],
  ['raw.mov', ['-c:v', 'rawvideo', '-pix_fmt', 'pal8']],
  ['png.mov', ['-c:v', 'png', '-pix_fmt', 'pal8']],
  ['smc.mov', ['-c:v', 'smc', '-g', '5']],
  ['raw.nut', ['-c:v', 'rawvideo', '-pix_fmt', 'pal8']],
  ['zmbv.avi', ['-c:v', 'zmbv', '-pix_fmt', 'pal8', '-g', '5']],
  ['animation.gif', ['-g', '5']],
] as const

/** How the program is told to find 256 colours. */
const toPalette = ['-vf', 'split[a][b];[a]palettegen[p];[b][p]paletteuse=dither=none']

describe.skipIf(program === undefined)('palettes of files that the ffmpeg program writes', () => {
  const source = join(home, 'source.mp4')
  beforeAll(async () => {
    const pictures = Array.from({ length: count }, (_, n) => numbered(n, width, height))
    right(await encodeVideo(source, pictures, { width, height, fps: 10, crf: 0 })())
  })
  const decoders = adapters.map(({ make }) => make())

  test.each(kinds)('%s', async (name, how) => {
    const path = join(home, name)
    execFileSync(program as string, ['-v', 'error', '-y', '-i', source, ...toPalette, ...how, path], {
      timeout: 60_000,
    })
    for (const decoder of decoders) await expectNumbers(decoder, path, count)
  })

  test('damage is called damage, not an opening that could be left out', async () => {
    const path = join(home, 'damaged.mov')
    const how = [...toPalette, '-c:v', 'png', '-pix_fmt', 'pal8']
    execFileSync(program as string, ['-v', 'error', '-y', '-i', source, ...how, path], { timeout: 60_000 })
    const bytes = readFileSync(path)
    // The data of the seventh PNG.
    let at = 0
    for (let n = 0; n < 7; n++) at = bytes.indexOf('IDAT', at + 4)
    bytes.fill(255, at + 4, at + 60)
    writeFileSync(path, bytes)
    for (const decoder of decoders) {
      const clip = right(await decoder.probe(path)())
      const fault = left(await decoder.frames(clip, [6])())
      expect([fault._tag, fault.remedy]).toEqual(['Undecodable', expect.stringContaining('damaged there')])
    }
  })
})
