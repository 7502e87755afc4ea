import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { resize } from 'kinograd/media'
import { AV_PIX_FMT_YUVJ420P } from 'node-av/constants'
import { afterAll, describe, expect, test } from 'vitest'
import { adapters, few } from './decoders.ts'
import { folder, left, readNumber, right } from './scene.ts'
import { type Part, type StreamOptions, writeStreams } from './streams.ts'

const home = folder()
afterAll(() => rmSync(home, { recursive: true, force: true }))

const small: Part = { width: 160, height: 96, count: 10 }
const sizes: Readonly<Record<string, Part>> = {
  'twice as large': { width: 320, height: 192, count: 10 },
  'on its side': { width: 96, height: 160, count: 10 },
  smaller: { width: 120, height: 72, count: 10 },
  narrower: { width: 128, height: 96, count: 10 },
}

const kinds: readonly (readonly [string, Omit<StreamOptions, 'parts'>])[] = [
  ['h264.ts', { codec: 'libx264', params: 'repeat-headers=1' }],
  ['hevc.ts', { codec: 'libx265', params: 'repeat-headers=1' }],
  ['mpeg4.ts', { codec: 'mpeg4' }],
  ['mjpeg.avi', { codec: 'mjpeg', pixelFormat: AV_PIX_FMT_YUVJ420P }],
  ['mjpeg.mov', { codec: 'mjpeg', pixelFormat: AV_PIX_FMT_YUVJ420P }],
  ['vp9.webm', { codec: 'vp9' }],
]

const cases = kinds.flatMap(([file, how]) => Object.entries(sizes).map(([size, part]) => ({ file, how, size, part })))

describe.each(adapters)('pictures that change their size: $name', ({ name, make }) => {
  const [careful, scaling] = [make(), make({ onSizeChange: 'scale' })]

  const tried = few(name, cases, 10)
  test.each(tried)('$file, $size', async ({ file, how, size, part }) => {
    const path = writeStreams(join(home, `${size} ${file}`), [{ ...how, parts: [small, part, small] }])
    const clip = right(await careful.probe(path)())
    expect([clip.frameCount, clip.width, clip.height]).toEqual([30, 160, 96])

    const whole = right(await careful.frames(clip, [3, 25])())
    expect([0, 1].map(i => readNumber(whole.data.subarray(i * 160 * 96 * 3), 160, 96))).toEqual([3, 25])
    expect(whole.resized).toBeUndefined()

    const fault = left(await careful.frames(clip, [3, 14])())
    expect(fault._tag).toBe('SizeChange')
    expect(fault.cause).toContain(`${part.width}×${part.height}`)
    expect(fault.remedy).toContain("onSizeChange: 'scale'")

    const asked = [14, 3, 19, 10, 25]
    const scaled = right(await scaling.frames(right(await scaling.probe(path)()), asked)())
    expect(asked.map((_, i) => readNumber(scaled.data.subarray(i * 160 * 96 * 3), 160, 96))).toEqual(asked)
    expect(scaled.resized).toEqual([0, 2, 3])
    // Alone, a picture is the same: nothing depends on what came before.
    const alone = right(await scaling.frames(clip, [14])())
    expect(Buffer.compare(alone.data, scaled.data.subarray(0, 160 * 96 * 3))).toBe(0)
  })

  test.each(kinds.filter(([file]) => name === 'node-av' || file === 'mjpeg.mov'))(
    '%s, to half the size and back: any two pictures are those of a full decode',
    async (file, how) => {
      const half: Part = { width: 160, height: 96, count: 8 }
      const whole: Part = { width: 320, height: 192, count: 8 }
      const path = writeStreams(join(home, `half ${file}`), [{ ...how, parts: [whole, half, whole] }])
      const clip = right(await scaling.probe(path)())
      const size = clip.width * clip.height * 3
      const picture = (data: Uint8Array, i: number) => data.subarray(i * size, (i + 1) * size)
      // Of the program, which takes a child for each, a few frames stand for all.
      const some = name === 'node-av' ? [...Array(24).keys()] : [0, 8, 9]
      const all = right(await scaling.frames(clip, some)())
      const pairs = name === 'node-av' ? some.map(i => [i, (7 * i + 9) % 24] as const) : [[8, 9] as const]
      for (const pair of pairs) {
        const two = right(await scaling.frames(clip, pair)())
        for (const [i, index] of pair.entries())
          expect(
            Buffer.compare(picture(two.data, i), picture(all.data, some.indexOf(index))),
            `${index} of ${pair}`,
          ).toBe(0)
      }
    },
  )

  test('a size in the header that is not that of the pictures: theirs is taken', async () => {
    const path = writeStreams(join(home, 'header.mp4'), [{ parts: [small] }])
    const bytes = Buffer.from(readFileSync(path))
    const entry = bytes.indexOf('avc1', bytes.indexOf('stsd')) + 4 + 24
    expect(bytes.readUInt16BE(entry)).toBe(160)
    bytes.writeUInt16BE(64, entry)
    bytes.writeUInt16BE(64, entry + 2)
    writeFileSync(path, bytes)
    const clip = right(await careful.probe(path)())
    expect([clip.width, clip.height]).toEqual([160, 96])
    const frames = right(await careful.frames(clip, [7])())
    expect(readNumber(frames.data, 160, 96)).toBe(7)
  })
})

describe.each(adapters)('pixels that are not square: $name', ({ name: decoderName, make }) => {
  const ratios = [
    ['wide', [4, 3], 0, { width: 213, height: 96 }],
    ['wide, in Matroska', [2, 1], 0, { width: 320, height: 96 }],
    ['high', [8, 9], 0, { width: 160, height: 108 }],
    ['wide and turned', [3, 2], 90, { width: 96, height: 240 }],
    ['high and turned', [1, 2], 90, { width: 192, height: 160 }],
    ['square', [1, 1], 0, { width: 160, height: 96 }],
  ] as const
  test.each(few(decoderName, ratios))('%s', async (name, ratio, turn, square) => {
    const path = writeStreams(join(home, `${name}${name.includes('Matroska') ? '.mkv' : '.mp4'}`), [
      {
        parts: [small],
        sampleAspectRatio: ratio,
        ...(turn === 0 ? {} : { displayMatrix: [0, 65536, 0, -65536, 0, 0, 0, 0, 2 ** 30] }),
      },
    ])
    const value = ratio[0] / ratio[1]
    const stored = right(await make().probe(path)())
    expect([stored.width, stored.height]).toEqual(turn === 0 ? [160, 96] : [96, 160])
    expect(stored.sampleAspectRatio ?? 1).toBeCloseTo(value, 9)
    const decoder = make({ pixelShape: 'square' })
    const clip = right(await decoder.probe(path)())
    expect(clip).toMatchObject(square)
    const frames = right(await decoder.frames(clip, [4, 9])())
    expect([frames.width, frames.height, frames.data.length]).toEqual([
      square.width,
      square.height,
      2 * square.width * square.height * 3,
    ])
    if (turn === 0) expect(readNumber(frames.data, square.width, square.height)).toBe(4)
    else {
      const lying = right(await make().frames(stored, [4])())
      const stretched = right(resize(lying, square.height, square.width))
      let sum = 0
      for (let i = 0; i < stretched.data.length; i++) sum += Math.abs(stretched.data[i]! - frames.data[i]!)
      expect(sum / stretched.data.length).toBeLessThan(4)
    }
  })

  test('a ratio that would make pictures larger than allowed is refused', async () => {
    const path = writeStreams(join(home, 'large.mp4'), [{ parts: [small], sampleAspectRatio: [2, 1] }])
    const limits = { pixels: 160 * 96 + 1 }
    expect(right(await make({ limits }).probe(path)()).width).toBe(160)
    const fault = left(await make({ limits, pixelShape: 'square' }).probe(path)())
    expect(fault._tag).toBe('TooLarge')
    expect(fault.cause).toContain('320×96')
  })
})

/** Puts a clean aperture of 120×80 into the sample entry of an MP4 whose movie header stands last. */
const withAperture = (path: string): string => {
  const bytes = readFileSync(path)
  const box = Buffer.alloc(40)
  for (const [i, value] of [40, 0, 120, 1, 80, 1, 0, 1, 0, 1].entries()) box.writeUInt32BE(value, 4 * i)
  box.write('clap', 4, 'latin1')
  const types = ['moov', 'trak', 'mdia', 'minf', 'stbl', 'stsd', 'avc1']
  let place = 0
  const out = Buffer.from(bytes)
  for (const type of types) {
    place = bytes.indexOf(type, place) - 4
    out.writeUInt32BE(out.readUInt32BE(place) + box.length, place)
  }
  const end = place + bytes.readUInt32BE(place)
  const name = path.replace('.mp4', ' with aperture.mp4')
  writeFileSync(name, Buffer.concat([out.subarray(0, end), box, out.subarray(end)]))
  return name
}

describe.each(adapters)('a clean aperture, which loaders leave alone: $name', ({ make }) => {
  test('the whole picture is given, by every version', async () => {
    const plain = writeStreams(join(home, 'whole.mp4'), [{ parts: [small] }])
    const decoder = make()
    const frames = async (path: string) => right(await decoder.frames(right(await decoder.probe(path)()), [0, 7])())
    const [whole, aperture] = [await frames(plain), await frames(withAperture(plain))]
    expect([aperture.width, aperture.height]).toEqual([160, 96])
    expect(Buffer.compare(aperture.data, whole.data)).toBe(0)
  })
})
