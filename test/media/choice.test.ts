import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { either as E, taskEither as TE } from 'fp-ts'
import {
  atTimes,
  cached,
  clipWindow,
  type Frames,
  fps,
  inMemory,
  readImage,
  sample,
  uniform,
  withMediaFile,
} from 'kinograd/media'
import { AV_PIX_FMT_YUVJ420P } from 'node-av/constants'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { adapters, few } from './decoders.ts'
import { folder, left, readNumber, render, right } from './scene.ts'
import { writeStreams } from './streams.ts'

const home = folder()
afterAll(() => rmSync(home, { recursive: true, force: true }))
const size = { width: 160, height: 96 }
let clipPath = ''
beforeAll(async () => {
  clipPath = await render(join(home, 'a clip.mp4'), 60, { ...size, fps: 25, gop: 12, bFrames: 2 })
})

const numbers = ({ data, count, width, height }: Frames): number[] =>
  Array.from({ length: count }, (_, i) => readNumber(data.subarray(i * width * height * 3), width, height))

describe.each(adapters)('a part of a clip: $name', ({ make }) => {
  const decoder = make()

  test('counts, samples and times only what lies in it, both ends included', async () => {
    const whole = right(await decoder.probe(clipPath)())
    const clip = right(await clipWindow(decoder, whole, { start: 0.4, end: 1.2 })())
    expect([clip.frameCount, clip.durationSeconds]).toEqual([21, expect.closeTo(0.84, 6)])
    expect(right(await decoder.times(clip)())[0]).toBeCloseTo(0.4, 9)
    expect(numbers(right(await sample(decoder, clip, uniform(6))()))).toEqual([10, 14, 18, 22, 26, 30])
    expect(numbers(right(await sample(decoder, clip, atTimes([0, 0.81, 99]))()))).toEqual([10, 20, 30])
    expect(numbers(right(await decoder.frames(clip, [20, 0])()))).toEqual([30, 10])
    const activity = right(await decoder.activity(clip)())
    expect([activity.length, activity[0]]).toEqual([21, 0])
    for (const index of [-1, 21, 0.5, Number.NaN])
      expect(left(await decoder.frames(clip, [index])())._tag).toBe('BadSampling')
  })

  test('a part of a part; a part between two frames or outside is refused', async () => {
    const whole = right(await decoder.probe(clipPath)())
    const outer = right(await clipWindow(decoder, whole, { start: 0.4, end: 2 })())
    const inner = right(await clipWindow(decoder, outer, { start: 1, end: 9 })())
    expect(numbers(right(await decoder.frames(inner, [0, inner.frameCount - 1])()))).toEqual([25, 50])
    for (const [start, end] of [
      [0.41, 0.43],
      [3, 4],
      [1, 0.5],
      [Number.NaN, 1],
    ] as const)
      expect(left(await clipWindow(decoder, whole, { start, end })())._tag).toBe('BadSampling')
  })

  test('is kept apart from the whole by what remembers frames', async () => {
    const keeping = [
      inMemory(decoder, { bytes: 2 ** 24 }),
      cached(decoder, { directory: join(home, `kept by ${decoder.name}`), bytes: 2 ** 24 }),
    ]
    for (const kept of keeping) {
      const whole = right(await kept.probe(clipPath)())
      const part = right(await clipWindow(kept, whole, { start: 1, end: 2 })())
      expect(numbers(right(await kept.frames(whole, [0, 1])()))).toEqual([0, 1])
      expect(numbers(right(await kept.frames(part, [0, 1])()))).toEqual([25, 26])
      expect(right(await kept.times(part)()).length).toBe(26)
    }
  })
})

describe.each(adapters)('which video stream: $name', ({ name: decoderName, make }) => {
  const small = { width: 160, height: 96, count: 6 }
  const large = { width: 320, height: 192, count: 8 }
  const cover = { parts: [{ width: 64, height: 64, count: 1 }], codec: 'mjpeg' as const, cover: true }

  test.each(few(decoderName, ['two.mp4', 'two.mkv', 'two.ts']))('of %s', async name => {
    const path = writeStreams(join(home, name), [{ parts: [small] }, { parts: [large], first: 100 }])
    for (const [videoStream, part, first] of [
      [0, small, 0],
      [1, large, 100],
    ] as const) {
      const decoder = make({ videoStream })
      const clip = right(await decoder.probe(path)())
      expect(clip).toMatchObject({ videoStream, frameCount: part.count, width: part.width, height: part.height })
      expect(numbers(right(await decoder.frames(clip, [4])()))).toEqual([first + 4])
    }
    const fault = left(await make({ videoStream: 2 }).probe(path)())
    expect(fault._tag).toBe('NoVideoStream')
    expect(fault.cause).toContain('2 video streams')
  })

  test('a cover picture is none', async () => {
    const path = writeStreams(join(home, 'cover.mp4'), [
      { ...cover, pixelFormat: AV_PIX_FMT_YUVJ420P },
      { parts: [small] },
    ])
    expect(right(await make({ videoStream: 0 }).probe(path)()).frameCount).toBe(6)
    expect(right(await make().probe(path)()).frameCount).toBe(6)
    const alone = writeStreams(join(home, 'cover alone.m4a'), [{ ...cover, pixelFormat: AV_PIX_FMT_YUVJ420P }], 'mp4')
    const fault = left(await make().probe(alone)())
    expect(fault._tag).toBe('NoVideoStream')
    expect(fault.cause).toContain('cover')
  })
})

describe.each(adapters)('how media are named: $name', ({ name: decoderName, make }) => {
  const decoder = make()

  test('file:// addresses of this machine', async () => {
    expect(right(await decoder.probe(pathToFileURL(clipPath).href)()).path).toBe(clipPath)
    expect(left(await decoder.probe('file://elsewhere/a.mp4')())._tag).toBe('NotFound')
    expect(left(await decoder.probe(`${pathToFileURL(home).href}/a%2Fb.mp4`)())._tag).toBe('NotFound')
  })

  test('bytes and data URLs are lent a file, which is gone afterwards', async () => {
    const bytes = readFileSync(clipPath)
    const lent: string[] = []
    const count = (path: string) => {
      lent.push(path)
      return TE.map(({ frameCount }: { frameCount: number }) => frameCount)(decoder.probe(path))
    }
    const url = `data:video/mp4;base64,${bytes.toString('base64')}`
    for (const media of [bytes, new Uint8Array(bytes), url])
      expect(await withMediaFile(media, count)()).toEqual(E.right(60))
    await expect(
      withMediaFile(bytes, path => () => {
        lent.push(path)
        return Promise.reject(new Error('thrown'))
      })(),
    ).rejects.toThrow('thrown')
    for (const path of lent) expect(left(await decoder.probe(path)())._tag).toBe('NotFound')
  })

  test('what is no media is refused before a file is written', async () => {
    const use = () => TE.right(1)
    expect(left(await withMediaFile(new Uint8Array(0), use)())._tag).toBe('Empty')
    expect(left(await withMediaFile('data:video/mp4;base64,', use)())._tag).toBe('Empty')
    expect(left(await withMediaFile(new Uint8Array(9), use, { fileBytes: 8 })())._tag).toBe('TooLarge')
    expect(left(await withMediaFile(`data:,${'a'.repeat(5000)}`, use, { fileBytes: 8 })())._tag).toBe('TooLarge')
    expect(left(await withMediaFile('/etc/passwd', use)())._tag).toBe('NotFound')
    const secret = 'c2VjcmV0IGJ5dGVz'
    const fault = left(await withMediaFile(`data:video/mp4;base64,${secret}!`, use)())
    expect(fault._tag).toBe('NotAVideo')
    expect(JSON.stringify(fault)).not.toContain(secret)
  })

  const urls = [
    ['video', 'data:video/mp4;base64,AAAAIGZ0eXBpc29t'],
    ['upper case', 'DATA:video/mp4;base64,AAAAIGZ0eXBpc29t'],
    ['no type', 'data:;base64,AAAAIGZ0eXBpc29t'],
    ['plain', 'data:,AAAAIGZ0eXBpc29t'],
    ['below a root', '/data/set/data:video/mp4;base64,AAAAIGZ0eXBpc29t'],
    ['a megabyte', `data:video/mp4;base64,${'AAAAIGZ0eXBpc29t'.repeat(70_000)}`],
    ['a megabyte of base64 alone', 'AAAAIGZ0eXBpc29t'.repeat(70_000)],
  ] as const
  test.each(few(decoderName, urls))('a data URL is no name and is not repeated: %s', async (what, name) => {
    for (const fault of [left(await decoder.probe(name)()), left(await readImage(name)())]) {
      expect(fault._tag).toBe('NotFound')
      expect(JSON.stringify(fault).length).toBeLessThan(1000)
      if (!what.endsWith('alone')) expect(JSON.stringify(fault)).not.toContain('AAAAIGZ0eXBpc29t')
    }
  })

  test('a clip of one frame is taken by rate', async () => {
    const path = await render(join(home, 'one.mp4'), 1, { ...size, fps: 25 })
    const clip = right(await decoder.probe(path)())
    expect(numbers(right(await sample(decoder, clip, fps())()))).toEqual([0])
  })
})

describe.each(adapters)('what a file is instead of a video: $name', ({ name: decoderName, make }) => {
  const decoder = make()

  const contents = [
    ['a web page', '<!DOCTYPE html>\n<html><body>Not found</body></html>', 'web page'],
    ['a web page behind a mark and blanks', '\uFEFF \n <HTML lang="en"><head></head></HTML>', 'web page'],
    ['a web page behind a comment', '<!-- saved --><html></html>', 'web page'],
    [
      'a Git LFS pointer',
      `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 12\n`,
      'Git LFS',
    ],
    ['an error in XML', '<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', 'XML'],
    ['an error in JSON', '{"error": "no such file"}', 'JSON'],
    ['an address', 'https://example.org/clip.mp4\n', 'address'],
    ['zeros', Buffer.alloc(200_000), 'all 0'],
    ['a single zero', Buffer.alloc(1), 'all 0'],
    ['a ZIP archive', Buffer.from('504b03041400000008000000000000000000', 'hex'), 'ZIP'],
    ['gzip', Buffer.from('1f8b0800000000000003', 'hex'), 'gzip'],
  ] as const
  test.each(few(decoderName, contents))('%s', async (name, content, word) => {
    for (const end of few(decoderName, ['mp4', 'mkv', 'ts'])) {
      const path = join(home, `${name}.${end}`)
      writeFileSync(path, content)
      const fault = left(await decoder.probe(path)())
      expect(fault._tag).toBe('NotAVideo')
      expect(fault.cause).toContain(word)
      expect(fault.cause).toContain(path)
    }
  })
})
