import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { atTimes, type Decoder, type Frames, sample, uniform } from 'kinograd/media'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { fc, test } from '../property.ts'
import { adapters, few, long, program } from './decoders.ts'
import { folder, readNumber, render, right } from './scene.ts'

const home = folder()
const clips = {
  plain: join(home, 'plain.mp4'),
  long: join(home, 'long groups.mp4'),
  turned: join(home, 'turned.mp4'),
  tiny: join(home, 'tiny.mp4'),
}
const runs = Number(process.env.KINOGRAD_FUZZ_RUNS ?? 100)

beforeAll(async () => {
  await render(clips.plain, 60, { width: 160, height: 96, fps: 25, gop: 12, bFrames: 2 })
  await render(clips.long, 300, { width: 320, height: 192, fps: 30, gop: 90, bFrames: 3 })
  await render(clips.turned, 10, { width: 160, height: 96, fps: 10, rotation: 90 })
  await render(clips.tiny, 8, { width: 56, height: 56, fps: 2, crf: 18 })
})
afterAll(() => rmSync(home, { recursive: true, force: true }))

const numbers = ({ data, count, width, height }: Frames): number[] =>
  Array.from({ length: count }, (_, i) => readNumber(data.subarray(i * width * height * 3), width, height))

const meanDifference = (a: Uint8Array, b: Uint8Array): number => {
  expect(a.length).toBe(b.length)
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += Math.abs((a[i] as number) - (b[i] as number))
  return sum / a.length
}

describe.each(adapters)('the contract of a decoder: $name', ({ name, make }) => {
  const decoder: Decoder = make()

  test('probes size, count, rate, duration and codec', async () => {
    expect(right(await decoder.probe(clips.plain)())).toEqual({
      path: clips.plain,
      durationSeconds: 60 / 25,
      frameCount: 60,
      fps: 25,
      realFps: 25,
      measuredFps: 25,
      width: 160,
      height: 96,
      codec: 'h264',
      rotation: 0,
    })
  })

  test('tells the time of every frame', async () => {
    const clip = right(await decoder.probe(clips.plain)())
    const times = right(await decoder.times(clip)())
    expect(times.length).toBe(60)
    for (const [i, time] of times.entries()) expect(time).toBeCloseTo(i / 25, 9)
  })

  test.prop([fc.array(fc.nat(59), { minLength: 1, maxLength: 12 })], {
    numRuns: name === 'ffmpeg' ? (long ? 5 : 2) : runs,
  })('gives any frames in the order asked for, repeats included', async indices => {
    const clip = right(await decoder.probe(clips.plain)())
    const frames = right(await decoder.frames(clip, indices)())
    expect(numbers(frames)).toEqual(indices)
    expect(frames.times.map(time => Math.round(time * 25))).toEqual(indices)
    expect([frames.count, frames.width, frames.height]).toEqual([indices.length, 160, 96])
  })

  test('gives the same bytes whichever other frames are asked for', async () => {
    const clip = right(await decoder.probe(clips.long)())
    const all = right(
      await decoder.frames(
        clip,
        Array.from({ length: 300 }, (_, i) => i),
      )(),
    )
    expect(numbers(all)).toEqual(Array.from({ length: 300 }, (_, i) => i))
    const size = clip.width * clip.height * 3
    const some = [7, 88, 89, 90, 91, 179, 180, 255, 299]
    const few = right(await decoder.frames(clip, some)())
    for (const [i, index] of some.entries())
      expect(
        Buffer.compare(
          few.data.subarray(i * size, (i + 1) * size),
          all.data.subarray(index * size, (index + 1) * size),
        ),
      ).toBe(0)
  })

  test('gives the same bytes on one lane and on several', async () => {
    const clip = right(await decoder.probe(clips.long)())
    const [one, four] = [make({ lanes: 1 }), make({ lanes: 4 })]
    const a = right(await sample(one, clip, uniform(16))())
    const b = right(await sample(four, clip, uniform(16))())
    expect(Buffer.compare(a.data, b.data)).toBe(0)
  })

  test('turns pictures upright', async () => {
    const clip = right(await decoder.probe(clips.turned)())
    expect([clip.width, clip.height, clip.rotation]).toEqual([96, 160, 90])
    const frames = right(await decoder.frames(clip, [5])())
    // The light bars were on top; a quarter turn clockwise puts them on the right, top to bottom.
    const green = (x: number, y: number) => frames.data[3 * (y * 96 + x) + 1] as number
    const read = Array.from({ length: 10 }, (_, bar) => (green(72, 16 * bar + 8) > 130 ? 1 << bar : 0))
    expect(read.reduce((a, b) => a | b, 0)).toBe(5)
  })

  test('samples at times: the frame on screen', async () => {
    const clip = right(await decoder.probe(clips.plain)())
    expect(numbers(right(await sample(decoder, clip, atTimes([0, 0.039, 0.04, 1, 99]))()))).toEqual([0, 0, 1, 25, 59])
  })

  test('measures change: one entry a frame, the first 0', async () => {
    const clip = right(await decoder.probe(clips.plain)())
    const activity = right(await decoder.activity(clip)())
    expect(activity.length).toBe(60)
    expect(activity[0]).toBe(0)
    for (const change of activity.slice(1)) expect(change).toBeGreaterThan(0)
  })

  test('refuses frames that the clip has not', async () => {
    const clip = right(await decoder.probe(clips.tiny)())
    for (const index of [-1, 8, 0.5, Number.NaN])
      expect(await decoder.frames(clip, [index])()).toMatchObject({ left: { _tag: 'BadSampling' } })
  })

  test('is cancelled', async () => {
    const gone = AbortSignal.abort()
    expect(await make().probe(clips.plain, gone)()).toMatchObject({ left: { _tag: 'Cancelled' } })
    const clip = right(await decoder.probe(clips.long)())
    const control = new AbortController()
    const running = decoder.frames(
      clip,
      Array.from({ length: 300 }, (_, i) => i),
      control.signal,
    )()
    control.abort()
    expect(await running).toMatchObject({ left: { _tag: 'Cancelled' } })
  })
})

describe.skipIf(program === undefined)('both adapters agree', () => {
  const [inside, outside] = adapters.map(({ make }) => make()) as [Decoder, Decoder]

  test.each(Object.keys(clips) as (keyof typeof clips)[])('on %s', async key => {
    const [a, b] = [right(await inside.probe(clips[key])()), right(await outside.probe(clips[key])())]
    expect(b).toEqual(a)
    expect(right(await outside.times(b)())).toEqual(right(await inside.times(a)()))
    const [x, y] = [right(await sample(inside, a, uniform(8))()), right(await sample(outside, b, uniform(8))())]
    expect(meanDifference(x.data, y.data)).toBeLessThanOrEqual(2)
  })

  const containers = [
    ['no presentation times (AVI)', 'a.avi', ['-c:v', 'mpeg4', '-bf', '2']],
    ['a transport stream', 'a.ts', ['-c', 'copy']],
    ['varying rate (Matroska)', 'v.mkv', ['-vf', "select='not(eq(mod(n,7),3))'", '-fps_mode', 'vfr']],
    ['hidden frames (VP8)', 'a.webm', ['-c:v', 'libvpx', '-auto-alt-ref', '1', '-lag-in-frames', '16', '-b:v', '200k']],
    ['an edit list that starts late', 'e.mp4', ['-ss', '0.5', '-c', 'copy']],
    ['times that do not start at 0', 'o.mkv', ['-output_ts_offset', '7', '-c', 'copy']],
    ['a container without a header (FLV)', 'a.flv', ['-c', 'copy']],
    ['an MPEG program stream', 'a.mpg', ['-c:v', 'mpeg2video', '-bf', '2', '-r', '25']],
    ['fields (interlaced H.264)', 'i.mp4', ['-c:v', 'libx264', '-flags', '+ilme+ildct', '-bf', '3']],
    ['open groups of pictures', 'g.mp4', ['-c:v', 'libx264', '-x264-params', 'open-gop=1:bframes=5', '-g', '15']],
    ['a fragmented file', 'f.mp4', ['-c', 'copy', '-movflags', 'frag_keyframe+empty_moov']],
  ] as const
  test.each(few('ffmpeg', containers, 2))('on %s', (_, name, how) => agree(name, how))

  // Not every build of ffmpeg has this encoder.
  test('on HEVC, whose unneeded pictures are not decoded', async context => {
    const encoders = execFileSync(program as string, ['-hide_banner', '-encoders'], { encoding: 'utf8' })
    if (!encoders.includes('libx265')) return context.skip('ffmpeg has no libx265')
    await agree('h.mp4', ['-c:v', 'libx265', '-x265-params', 'log-level=none:bframes=4', '-tag:v', 'hvc1'])
  })

  const agree = async (name: string, how: readonly string[]) => {
    const path = join(home, name)
    const before = how[0] === '-ss' ? how.slice(0, 2) : []
    execFileSync(program as string, [
      '-v',
      'error',
      '-y',
      ...before,
      '-i',
      clips.plain,
      ...how.slice(before.length),
      path,
    ])
    const [a, b] = [right(await inside.probe(path)()), right(await outside.probe(path)())]
    expect(b.frameCount).toBe(a.frameCount)
    const [times, others] = [right(await inside.times(a)()), right(await outside.times(b)())]
    expect(times.length).toBe(a.frameCount)
    for (const [i, time] of times.entries()) expect(others[i]).toBeCloseTo(time, 6)
    const indices = [0, 3, 17, a.frameCount - 1]
    const [x, y] = [right(await inside.frames(a, indices)()), right(await outside.frames(b, indices)())]
    expect(numbers(x)).toEqual(numbers(y))
    expect(meanDifference(x.data, y.data)).toBeLessThanOrEqual(2)
  }
})
