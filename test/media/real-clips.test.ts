import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Decoder, sample, uniform } from 'kinograd/media'
import { describe, expect, test } from 'vitest'
import { adapters, few } from './decoders.ts'
import { left, right } from './scene.ts'

const videos = resolve('../shared/videos')
const there = existsSync(videos)
if (!there) console.warn('../shared/videos is absent: real clips are not read')

/** What ffprobe 5.1 and PyAV 18 say: frames, size upright, codec, first and last presentation time. */
const facts = [
  ['av1_video.mkv', 125, 640, 360, 'av1', 0, 4.96],
  ['flipping_a_pancake.mkv', 310, 426, 240, 'h264', 0, 10.3],
  ['h264_10bits.mp4', 30, 200, 200, 'h264', 0, 29 / 30],
  ['nasa_13013.mp4', 390, 480, 270, 'h264', 0, (389 * 1001) / 30000],
  ['rotated_90.mov', 3, 320, 568, 'h264', 0, 2 / 30],
  ['video_r1_example.mp4', 491, 640, 360, 'h264', 0, 21.982952],
] as const

describe.skipIf(!there).each(adapters)('real clips: $name', ({ name: decoderName, make }) => {
  const decoder: Decoder = make()

  test.each(few(decoderName, facts))('%s', async (name, count, width, height, codec, first, last) => {
    const clip = right(await decoder.probe(join(videos, name))())
    expect(clip).toMatchObject({ frameCount: count, width, height, codec })
    const times = right(await decoder.times(clip)())
    expect(times[0]).toBeCloseTo(first, 5)
    expect(times.at(-1)).toBeCloseTo(last, 3)
    const frames = right(await sample(decoder, clip, uniform(Math.min(16, 2 * Math.floor(count / 2))))())
    expect(frames.data.length).toBe(frames.count * width * height * 3)
    expect(new Set(frames.data.subarray(0, 30_000)).size).toBeGreaterThan(3)
  })

  test('the corrupted one: refused with the reason, or given with the loss stated', async () => {
    const clip = right(await decoder.probe(join(videos, 'corrupted.mp4'))())
    expect(clip.frameCount).toBe(50)
    const fault = left(await sample(decoder, clip, uniform(16))())
    expect(fault._tag).toBe('Undecodable')
    expect(fault.cause).toContain('corrupted.mp4')
    const lenient = make({ onDamage: 'state' })
    const frames = right(await sample(lenient, clip, uniform(16))())
    expect(frames.damaged?.length).toBeGreaterThan(0)
  })
})
