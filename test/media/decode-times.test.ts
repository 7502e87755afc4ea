import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { nodeAv } from 'kinograd/media'
import { afterAll, describe, expect, test } from 'vitest'
import { derivedTimes } from '../../src/media/nodeav/decode-times.ts'
import { fc } from '../property.ts'
import { adapters } from './decoders.ts'
import { anySubset, readThrough, run, written } from './odd.ts'
import { folder, left, right } from './scene.ts'
import { writeStreams } from './streams.ts'

const home = folder()
afterAll(() => rmSync(home, { recursive: true, force: true }))

const write = (name: string, codec: 'libx264' | 'libx265', params: string, count = 40): string =>
  writeStreams(join(home, name), [{ parts: [{ width: 160, height: 96, count }], codec, gop: 12, params }])

/** Containers that write no decode times, or write them; streams whose pictures are decoded in another order than shown. */
const files = [
  ['h264.mkv', 'libx264', 'bframes=3:b-adapt=0:b-pyramid=2'],
  ['h264 open.mkv', 'libx264', 'bframes=3:b-adapt=0:open-gop=1'],
  ['hevc.mkv', 'libx265', 'bframes=3:b-adapt=0'],
  ['hevc open.mkv', 'libx265', 'bframes=3:b-adapt=0:open-gop=1:keyint=12:min-keyint=12:scenecut=0'],
  ['h264.asf', 'libx264', 'bframes=3:b-adapt=0'],
  ['hevc.mp4', 'libx265', 'bframes=3:b-adapt=0'],
  ['hevc.ts', 'libx265', 'bframes=3:b-adapt=0'],
] as const

describe.each(adapters)('pictures decoded in another order than shown: $name', ({ name, make }) => {
  test.each(name === 'ffmpeg' ? files.slice(2, 3) : files)('%s', async (file, codec, params) => {
    const decoder = make()
    const { clip, frames, numbers } = await readThrough(decoder, write(file, codec, params))
    expect(numbers).toEqual(run(0, 40))
    expect([frames.damaged, clip.clockJumps]).toEqual([undefined, undefined])
    await anySubset(decoder, clip, frames, name === 'ffmpeg' ? 1 : 20)
  })
})

/** H.264 units of B and P pictures behind their lengths, made into units that mean nothing. */
const withoutSlices = (file: Buffer): Buffer => {
  const out = Buffer.from(file)
  for (let at = 0; at + 5 < out.length; at++)
    if (out.readUInt16BE(at) === 0 && (out[at + 4]! & 0x9f) === 1 && out.readUInt16BE(at + 2) < 2000) out[at + 4] = 0
  return out
}

test('to learn a Matroska file whose pictures are reordered none is decoded', async () => {
  const path = write('whole.mkv', 'libx264', 'bframes=3:b-adapt=0')
  const whole = right(await nodeAv().probe(path)())
  const broken = written(home, 'broken.mkv', withoutSlices(readFileSync(path)))
  const clip = right(await nodeAv().probe(broken)())
  expect(clip).toEqual({ ...whole, path: broken })
  expect(left(await nodeAv().frames(clip, [2])())._tag).toBe('Undecodable')
})

describe('decode times that are worked out', () => {
  /** Presentation times of a stream that holds back at most so many pictures. */
  const shuffled = fc
    .record({ step: fc.integer({ min: 1, max: 9000 }), late: fc.array(fc.nat(16), { minLength: 1, maxLength: 90 }) })
    .map(({ step, late }) => {
      const left = late.map((_, i) => i * step)
      return late.map(by => left.splice(Math.min(by, left.length - 1), 1)[0]!)
    })
    .filter(times => times.every((time, i) => times.slice(0, i).filter(other => other > time).length <= 16))

  test('grow as long as an order of decoding explains the presentation times', () => {
    fc.assert(
      fc.property(shuffled, times => {
        const decoded = times.map(derivedTimes())
        expect(decoded.every((time, i) => i === 0 || time > decoded[i - 1]!)).toBe(true)
        expect(decoded.every((time, i) => time <= times[i]!)).toBe(true)
      }),
    )
  })

  test('fall where another stream begins', () => {
    fc.assert(
      fc.property(shuffled, fc.integer({ min: 40, max: 90 }), (second, length) => {
        const first = run(0, length).map(i => 1e7 + i)
        const decoded = [...first, ...second].map(derivedTimes())
        expect(decoded.findIndex((time, i) => i > 0 && time < decoded[i - 1]!)).toBe(length)
      }),
    )
  })
})
