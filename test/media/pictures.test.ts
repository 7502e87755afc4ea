import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { either as E, taskEither as TE } from 'fp-ts'
import {
  adaptive,
  atTimes,
  type Clip,
  cached,
  clipWindow,
  type Decoder,
  type Frames,
  fps,
  inMemory,
  nodeAv,
  type PictureOptions,
  type PictureSource,
  readImage,
  sample,
  uniform,
  withPictures,
} from 'kinograd/media'
import sharp, { type Sharp } from 'sharp'
import { afterAll, describe, expect, test } from 'vitest'
import { adapters } from './decoders.ts'
import { folder, left, numbered, readNumber, render, right } from './scene.ts'

const home = folder()
afterAll(() => rmSync(home, { recursive: true, force: true }))

const [width, height] = [80, 60]
const picture = (index: number, size: readonly [number, number] = [width, height]) =>
  sharp(numbered(index, ...size), { raw: { width: size[0], height: size[1], channels: 3 } })

/** A folder with numbered pictures by name. */
const withFiles = async (files: Readonly<Record<string, Sharp | string>>): Promise<string> => {
  const made = mkdtempSync(join(home, 'frames '))
  for (const [name, content] of Object.entries(files))
    if (typeof content === 'string') writeFileSync(join(made, name), content)
    else await content.toFile(join(made, name))
  return made
}
const named = (names: readonly string[]) =>
  withFiles(Object.fromEntries(names.map((name, index) => [name, picture(index)])))

const probe = (source: PictureSource, pictures: PictureOptions = {}) => nodeAv({ pictures }).pictures(source)()
const numbers = ({ data, count, width, height }: Frames): number[] =>
  Array.from({ length: count }, (_, i) => readNumber(data.subarray(i * width * height * 3), width, height))

describe('one picture', () => {
  test('is a clip of one frame, whatever the sampling asks for, to the byte of readImage', async () => {
    const path = join(await named(['a.png']), 'a.png')
    const decoder = nodeAv()
    const clip = right(await decoder.pictures({ image: path })())
    expect(clip).toEqual({
      ...{ path, kind: 'image', frameCount: 1, fps: 1, durationSeconds: 1, codec: 'png', rotation: 0 },
      ...{ width, height },
    })
    for (const spec of [uniform(16), fps(), atTimes([3, 9]), adaptive({ budget: 8 })]) {
      const frames = right(await sample(decoder, clip, spec)())
      expect(frames).toEqual({ ...right(await readImage(path)()), kind: 'image' })
    }
    expect(right(await decoder.times(clip)())).toEqual([0])
    expect(right(await decoder.activity(clip)())).toEqual([0])
  })

  test('lies as stored, and stands upright when asked for', async () => {
    const path = join(await withFiles({ 'o.jpg': picture(5).withMetadata({ orientation: 6 }) }), 'o.jpg')
    const sizes = async (pictures: PictureOptions) => {
      const decoder = nodeAv({ pictures })
      const clip = right(await decoder.pictures({ image: path })())
      const frames = right(await decoder.frames(clip, [0])())
      return [clip.width, clip.height, clip.rotation, frames.width, frames.height]
    }
    expect(await sizes({})).toEqual([width, height, 0, width, height])
    expect(await sizes({ upright: true })).toEqual([height, width, 90, height, width])
  })

  test('faults name the file: missing, a folder, text, cut short', async () => {
    const inner = await withFiles({ 'text.png': 'text' })
    const bytes = await picture(1).png().toBuffer()
    writeFileSync(join(inner, 'cut.png'), bytes.subarray(0, bytes.length - 60))
    expect(left(await probe({ image: join(inner, 'none.png') }))._tag).toBe('NotFound')
    expect(left(await probe({ image: inner }))._tag).toBe('NotAFile')
    expect(left(await probe({ image: join(inner, 'text.png') }))._tag).toBe('NotAnImage')
    const decoder = nodeAv()
    const clip = right(await decoder.pictures({ image: join(inner, 'cut.png') })())
    const cut = left(await decoder.frames(clip, [0])())
    expect([cut._tag, cut.cause.includes('cut.png')]).toEqual(['NotAnImage', true])
  })
})

describe('a folder of pictures', () => {
  test('is a clip in natural order of the names, with a rate of its own', async () => {
    const made = await withFiles(
      Object.fromEntries([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map(n => [`${n}.jpg`, picture(n).jpeg({ quality: 95 })])),
    )
    const decoder = nodeAv({ pictures: { fps: 4 } })
    const clip = right(await decoder.pictures({ folder: made })())
    expect(clip).toMatchObject({ path: made, kind: 'frame', frameCount: 11, fps: 4, durationSeconds: 11 / 4, width })
    expect(clip.pictures?.at(-1)).toBe(join(made, '11.jpg'))
    const all = right(await sample(decoder, clip, uniform(10))())
    expect(numbers(all)).toEqual([1, 2, 3, 4, 5, 7, 8, 9, 10, 11])
    expect([all.kind, all.times.at(-1)]).toEqual(['frame', 10 / 4])
    expect(numbers(right(await decoder.frames(clip, [10, 0, 10])()))).toEqual([11, 1, 11])
    expect(numbers(right(await sample(decoder, clip, fps(2, 2, 8))()))).toHaveLength(4)
    expect(numbers(right(await sample(decoder, clip, atTimes([0.3, 2]))()))).toEqual([2, 9])
    const own = right(await decoder.pictures({ folder: made, fps: 1 })())
    expect(own.durationSeconds).toBe(11)
    expect(left(await decoder.frames(clip, [11])())._tag).toBe('BadSampling')
    const part = left(await decoder.frames({ ...clip, frameCount: 5 }, [0])())
    expect([part._tag, part.cause.includes('11 pictures')]).toEqual(['BadSampling', true])
  })

  test('adaptive sampling sees where the picture changes', async () => {
    const still = Object.fromEntries([1, 2, 3, 4, 5, 6, 7, 8].map(n => [`${n}.png`, picture(n < 6 ? 3 : 900)]))
    const decoder = nodeAv()
    const clip = right(await decoder.pictures({ folder: await withFiles(still) })())
    const activity = right(await decoder.activity(clip)())
    expect(activity.map(change => change > 0.1)).toEqual([false, false, false, false, false, true, false, false])
  })

  test.each([
    [['f_0001.png', 'f_0002.png', 'f_0004.png'], 'f_0003.png is missing between f_0002.png and f_0004.png'],
    [['0.png', '10.png', '20.png', '50.png', '60.png'], '30.png is missing between 20.png and 50.png, and 1 more'],
    [['a1.png', 'a01.png'], 'have the same number'],
    [['a1.png', 'a1.jpg'], 'a1.jpg and a1.png differ in their endings alone'],
    [['a1.png', 'a2.png', 'cover.png'], 'cover.png has another pattern than a1.png'],
  ])('%j: %s', async (names, cause) => {
    const made = await named(names)
    const fault = left(await probe({ folder: made }))
    expect(fault._tag).toBe('BadFolder')
    expect(fault.cause).toContain(cause)
    expect(fault.cause).toContain(made)
    expect(right(await probe({ folder: made }, { onGap: 'accept' })).frameCount).toBe(names.length)
  })

  test.each([
    [['8.png', '9.png', '10.png']],
    [['x_000.png', 'x_005.png', 'x_010.png']],
    [['first.png', 'second.png']],
    [['s1_f1.png', 's1_f2.png', 's2_f1.png']],
    [['00_01_58.png', '00_02_00.png']],
    [['only.png']],
    [['run7_1.png', 'run7_2.png']],
  ])('%j is whole', async names => {
    expect(right(await probe({ folder: await named(names) })).frameCount).toBe(names.length)
  })

  test('pictures of several sizes are refused by name, or scaled to the first', async () => {
    const made = await withFiles({ '1.png': picture(1), '2.png': picture(2), '3.png': picture(3, [120, 90]) })
    const fault = left(await probe({ folder: made }))
    expect(fault._tag).toBe('SizeChange')
    expect(fault.cause).toMatch(/1\.png has 80×60 pixels, 3\.png 120×90/)
    const decoder = nodeAv({ pictures: { onSizeChange: 'scale' } })
    const clip = right(await decoder.pictures({ folder: made })())
    const frames = right(await decoder.frames(clip, [2, 0, 2, 1])())
    expect([numbers(frames), frames.resized]).toEqual([
      [3, 1, 3, 2],
      [0, 2],
    ])
    expect(right(await decoder.frames(clip, [0, 1])()).resized).toBeUndefined()
  })

  test('other files are refused by name, or ignored; what browsers leave does not count', async () => {
    const made = await withFiles({ '1.png': picture(1), '2.png': picture(2), 'labels.json': '{}' })
    mkdirSync(join(made, 'more.png'))
    writeFileSync(join(made, '.DS_Store'), 'x')
    writeFileSync(join(made, 'Thumbs.db'), 'x')
    const fault = left(await probe({ folder: made }))
    expect([fault._tag, fault.cause.includes('2 pictures and 2 other files (labels.json, more.png)')]).toEqual([
      'BadFolder',
      true,
    ])
    expect(right(await probe({ folder: made }, { onOther: 'ignore' })).frameCount).toBe(2)
    const bmp = await withFiles({ '1.bmp': 'x', '2.bmp': 'x' })
    const none = left(await probe({ folder: bmp }))
    expect([none._tag, none.cause.includes('1.bmp, 2.bmp')]).toEqual(['Empty', true])
  })

  test('empty, missing, a file, no name', async () => {
    expect(left(await probe({ folder: await withFiles({}) }))._tag).toBe('Empty')
    expect(left(await probe({ folder: join(home, 'none') }))._tag).toBe('NotFound')
    expect(left(await probe({ folder: join(await named(['a.png']), 'a.png') }))._tag).toBe('NotAFolder')
    expect(left(await probe({ folder: 'a\0b' }))._tag).toBe('NotFound')
    const long = left(await probe({ folder: join(home, 'x'.repeat(5000)) }))
    expect([long._tag, long.cause.length < 300]).toEqual(['NotFound', true])
  })

  test('one broken picture: by its header when probed, by its pixels when it is asked for', async () => {
    const bytes = await picture(2).png().toBuffer()
    const made = await withFiles({ '1.png': picture(1), '2.png': 'no picture', '3.png': picture(3) })
    const head = left(await probe({ folder: made }))
    expect([head._tag, head.cause.includes('2.png')]).toEqual(['NotAnImage', true])
    writeFileSync(join(made, '2.png'), '')
    expect(left(await probe({ folder: made }))._tag).toBe('Empty')
    writeFileSync(join(made, '2.png'), bytes.subarray(0, bytes.length - 60))
    const decoder = nodeAv()
    const clip = right(await decoder.pictures({ folder: made })())
    const fault = left(await decoder.frames(clip, [0, 1, 2])())
    expect(fault._tag).toBe('NotAnImage')
    expect(fault.cause).toMatch(/^picture 2 of 3: .*2\.png/)
    expect(numbers(right(await decoder.frames(clip, [0, 2])()))).toEqual([1, 3])
  })

  test('a picture that changes its size behind the probe is no frame of the clip', async () => {
    const made = await named(['1.png', '2.png'])
    const decoder = nodeAv()
    const clip = right(await decoder.pictures({ folder: made })())
    await picture(1, [40, 30]).toFile(join(made, '2.png'))
    expect(left(await decoder.frames(clip, [0, 1])())._tag).toBe('SizeChange')
  })

  test('links must stay inside where that is asked for', async () => {
    const made = await named(['1.png', '2.png'])
    const elsewhere = join(await named(['3.png']), '3.png')
    symlinkSync(join(made, '1.png'), join(made, '3.png'))
    expect(right(await probe({ folder: made, inside: made })).frameCount).toBe(3)
    symlinkSync(elsewhere, join(made, '4.png'))
    const fault = left(await probe({ folder: made, inside: made }))
    expect([fault._tag, fault.cause.includes('4.png')]).toEqual(['OutsideRoot', true])
    expect(right(await probe({ folder: made })).frameCount).toBe(4)
    symlinkSync(join(made, 'nothing'), join(made, '5.png'))
    expect(left(await probe({ folder: made }))._tag).toBe('NotFound')
  })
})

test('a window of a folder has the pictures of that time', async () => {
  const made = await named(['1.png', '2.png', '3.png', '4.png', '5.png', '6.png'])
  const inner = nodeAv({ pictures: { fps: 2 } })
  for (const decoder of [inner, cached(inner, { directory: join(home, 'windows'), bytes: 2 ** 24 })]) {
    const clip = right(await decoder.pictures({ folder: made })())
    const part = right(await clipWindow(decoder, clip, { start: 1, end: 2 })())
    expect([part.frameCount, right(await decoder.times(part)())]).toEqual([3, [1, 1.5, 2]])
    const frames = right(await sample(decoder, part, uniform(2))())
    expect([numbers(frames), frames.times]).toEqual([
      [2, 4],
      [1, 2],
    ])
    expect(right(await decoder.activity(part)())).toHaveLength(3)
    expect(left(await decoder.frames(part, [3])())._tag).toBe('BadSampling')
  }
})

test('what a download left in place of a picture is named', async () => {
  const made = await withFiles({
    'pointer.png': 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n',
    'page.jpg': '<!DOCTYPE html><html></html>',
  })
  const [pointer, page] = await Promise.all(['pointer.png', 'page.jpg'].map(name => probe({ image: join(made, name) })))
  expect(pointer).toMatchObject(E.left({ _tag: 'NotAnImage', cause: expect.stringContaining('Git LFS pointer') }))
  expect(page).toMatchObject(E.left({ _tag: 'NotAnImage', cause: expect.stringContaining('web page') }))
})

describe('a list of pictures', () => {
  test('keeps its order, repeats and rate, and is a clip of its own', async () => {
    const made = await named(['a.png', 'b.png', 'c.png', 'd.png'])
    const at = (names: string) => [...names].map(name => join(made, `${name}.png`))
    const decoder = inMemory(nodeAv(), { bytes: 2 ** 24 })
    const back = right(await decoder.pictures({ list: at('dcba'), fps: 5 })())
    const twice = right(await decoder.pictures({ list: at('aabb'), fps: 5 })())
    expect(back.path).not.toBe(twice.path)
    expect(numbers(right(await decoder.frames(back, [0, 1, 2, 3])()))).toEqual([3, 2, 1, 0])
    expect(numbers(right(await decoder.frames(twice, [0, 1, 2, 3])()))).toEqual([0, 0, 1, 1])
    expect(right(await decoder.times(back)())).toEqual([0, 0.2, 0.4, 0.6])
    expect(left(await decoder.pictures({ list: [] })())._tag).toBe('Empty')
    for (const rate of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
      expect(left(await decoder.pictures({ list: at('ab'), fps: rate })())._tag).toBe('BadSampling')
  })
})

describe.each(adapters)('pictures and the rest of a decoder: $name', ({ make }) => {
  test('limits hold', async () => {
    const made = await named(['1.png', '2.png', '3.png'])
    const limited = async (limits: object) =>
      left((await make({ limits }).pictures?.({ folder: made })()) ?? E.right(undefined))._tag
    expect(await limited({ pixels: width * height - 1 })).toBe('TooLarge')
    expect(await limited({ frames: 2 })).toBe('TooLarge')
    expect(await limited({ durationSeconds: 1 })).toBe('TooLarge')
    expect(await limited({ fileBytes: 100 })).toBe('TooLarge')
    expect(await limited({ milliseconds: -1 })).toBe('TooSlow')
    const decoder = nodeAv({ limits: { bytes: 2 * width * height * 3 } })
    const clip = right(await decoder.pictures({ folder: made })())
    expect(left(await decoder.frames(clip, [0, 1, 2])())._tag).toBe('TooLarge')
    const gone = AbortSignal.abort()
    expect(left(await decoder.pictures({ folder: made }, gone)())._tag).toBe('Cancelled')
    expect(left(await decoder.frames(clip, [0], gone)())._tag).toBe('Cancelled')
  })
})

test('caches keep pictures as they keep clips, and miss where a picture changed', async () => {
  const made = await named(['1.png', '2.png'])
  let asked = 0
  const inner = nodeAv()
  const counting: Decoder = {
    ...inner,
    frames: (clip, indices, signal) => {
      const read = inner.frames(clip, indices, signal)
      return () => {
        asked++
        return read()
      }
    },
  }
  const kept = cached(counting, { directory: join(home, 'cache'), bytes: 2 ** 24 })
  const clip = right(await kept.pictures({ folder: made })())
  for (let i = 0; i < 2; i++) expect(numbers(right(await kept.frames(clip, [0, 1])()))).toEqual([0, 1])
  expect(asked).toBe(1)
  expect(right(await kept.frames(clip, [0, 1])()).kind).toBe('frame')
  await picture(9).toFile(join(made, '2.png'))
  expect(numbers(right(await kept.frames(clip, [0, 1])()))).toEqual([0, 9])
  const slow: Clip = right(await kept.pictures({ folder: made, fps: 1 })())
  expect(right(await kept.frames(slow, [0, 1])()).times).toEqual([0, 1])
})

test('a decoder of one’s own reads pictures by withPictures, and its clips as before', async () => {
  const path = join(home, 'clip.mp4')
  await render(path, 4, { width: 32, height: 32, fps: 2 })
  const { pictures: _, ...own } = nodeAv()
  const decoder = withPictures({ ...own, times: () => TE.right([7]) })
  expect(right(await decoder.times(right(await decoder.probe(path)()))())).toEqual([7])
  const clip = right(await decoder.pictures({ folder: await named(['1.png', '2.png']) })())
  expect(right(await decoder.times(clip)())).toEqual([0, 0.5])
  expect(withPictures(decoder)).toBe(decoder)
})

describe('at most as many as there are', () => {
  test('an even number, one of one; enough frames are sampled as ever', async () => {
    const decoder = nodeAv()
    const taken = async (count: number, spec: Parameters<typeof sample>[2]) => {
      const clip = right(
        await decoder.pictures({ folder: await named(Array.from({ length: count }, (_, i) => `${i}.png`)) })(),
      )
      return E.map(numbers)(await sample(decoder, clip, spec)())
    }
    expect(right(await taken(7, uniform(16, { atMost: true })))).toEqual([0, 1, 2, 4, 5, 6])
    expect(right(await taken(8, uniform(4, { atMost: true })))).toEqual([0, 2, 5, 7])
    expect(right(await taken(1, uniform(16, { atMost: true })))).toEqual([0])
    expect(left(await taken(7, uniform(16)))._tag).toBe('BadSampling')
    expect(right(await taken(3, adaptive({ budget: 16, atMost: true })))).toHaveLength(2)
    expect(left(await taken(3, adaptive({ budget: 16 })))._tag).toBe('BadSampling')
  })
})
