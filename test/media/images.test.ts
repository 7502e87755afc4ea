import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { contactSheet, jpeg, patches, readImage, resize, smartResize, videoR1ImageBounds } from 'kinograd/media'
import sharp from 'sharp'
import { afterAll, describe, expect, test } from 'vitest'
import { folder, left, numbered, right } from './scene.ts'

const home = folder()
afterAll(() => rmSync(home, { recursive: true, force: true }))

const [width, height] = [80, 60]
const picture = numbered(37, width, height)
const raw = () => sharp(picture, { raw: { width, height, channels: 3 } })
const file = async (name: string, bytes: Promise<Buffer>): Promise<string> => {
  const path = join(home, name)
  writeFileSync(path, await bytes)
  return path
}
const meanDifference = (a: Uint8Array, b: Uint8Array): number =>
  a.reduce((sum, byte, i) => sum + Math.abs(byte - (b[i] as number)), 0) / a.length

describe('reading images', () => {
  test('PNG and lossless WebP to the byte, JPEG nearly', async () => {
    const png = right(await readImage(await file('a.png', raw().png().toBuffer()))())
    expect([png.count, png.height, png.width, png.times]).toEqual([1, height, width, [0]])
    expect(Buffer.compare(png.data, picture)).toBe(0)
    const webp = right(await readImage(await file('a.webp', raw().webp({ lossless: true }).toBuffer()))())
    expect(Buffer.compare(webp.data, picture)).toBe(0)
    const jpg = right(await readImage(await file('a.jpg', raw().jpeg({ quality: 95 }).toBuffer()))())
    expect(meanDifference(jpg.data, picture)).toBeLessThan(4)
  })

  test('grey, 16 bits and transparent pictures become RGB', async () => {
    const grey = right(await readImage(await file('g.png', raw().greyscale().png().toBuffer()))())
    expect(grey.data.length).toBe(width * height * 3)
    const deep = right(await readImage(await file('d.png', raw().toColourspace('rgb16').png().toBuffer()))())
    expect(meanDifference(deep.data, picture)).toBeLessThan(1)
    const clear = sharp({ create: { width: 4, height: 4, channels: 4, background: { r: 9, g: 9, b: 9, alpha: 0 } } })
    const white = right(await readImage(await file('t.png', clear.png().toBuffer()))())
    expect(white.data.every(byte => byte === 255)).toBe(true)
  })

  test('as the reference loader: only red, green, blue and alpha are laid on white', async () => {
    const half = sharp({
      create: { width: 4, height: 4, channels: 4, background: { r: 9, g: 99, b: 200, alpha: 0.4 } },
    })
    const laid = right(await readImage(await file('h.png', half.clone().png().toBuffer()))())
    expect([...laid.data.subarray(0, 3)]).toEqual([157, 193, 233])
    const palette = right(await readImage(await file('i.png', half.clone().png({ palette: true }).toBuffer()))())
    expect([...palette.data.subarray(0, 3)]).toEqual([9, 99, 200])
  })

  test('as the reference loader: a colour profile is ignored', async () => {
    const profiled = raw().withIccProfile('p3').png().toBuffer()
    const bytes = await sharp(await profiled, { ignoreIcc: true })
      .raw()
      .toBuffer()
    const read = right(await readImage(await file('p3.png', profiled))())
    expect(Buffer.compare(read.data, bytes)).toBe(0)
    expect(Buffer.compare(read.data, picture)).not.toBe(0)
  })

  test('as the reference loader: lying as stored, upright when asked for', async () => {
    const path = await file('o.jpg', raw().withMetadata({ orientation: 6 }).jpeg().toBuffer())
    const stored = right(await readImage(path)())
    expect([stored.width, stored.height]).toEqual([width, height])
    const turned = right(await readImage(path, { upright: true })())
    expect([turned.width, turned.height]).toEqual([height, width])
  })

  test('become patches of kind image: one grid, the frame repeated', async () => {
    const image = right(await readImage(await file('p.png', raw().png().toBuffer()))())
    const [h, w] = right(smartResize(image.height, image.width, videoR1ImageBounds))
    const cut = right(patches(right(resize(image, h, w)), { kind: 'image', secondsPerGrid: 1 }))
    expect(cut.grid).toEqual([1, h / 14, w / 14])
    expect(cut.kind).toBe('image')
    expect(cut.values.subarray(0, 196)).toEqual(cut.values.subarray(196, 392))
  })

  test('what is no image, too large, cut short or missing is a fault that names the file', async () => {
    const faultOf = async (path: string, limits = {}) => left(await readImage(path, limits)())
    expect((await faultOf(join(home, 'none.png')))._tag).toBe('NotFound')
    expect((await faultOf(await file('empty.png', Promise.resolve(Buffer.alloc(0)))))._tag).toBe('Empty')
    expect((await faultOf(await file('text.png', Promise.resolve(Buffer.from('text')))))._tag).toBe('NotAnImage')
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="file:///etc/passwd"/></svg>'
    expect((await faultOf(await file('x.svg', Promise.resolve(Buffer.from(svg)))))._tag).toBe('NotAnImage')
    const whole = await raw().png().toBuffer()
    const cut = await faultOf(await file('cut.png', Promise.resolve(whole.subarray(0, whole.length - 60))))
    expect(cut._tag).toBe('NotAnImage')
    expect(cut.cause).toContain('cut.png')
    const large = await faultOf(await file('l.png', Promise.resolve(whole)), { pixels: width * height - 1 })
    expect(large._tag).toBe('TooLarge')
    expect(large.cause).toContain(String(width * height))
  })
})

describe('JPEG', () => {
  const frames = {
    data: Uint8Array.from([
      ...numbered(1, width, height),
      ...numbered(2, width, height),
      ...numbered(3, width, height),
    ]),
    count: 3,
    width,
    height,
    times: [0, 1, 2],
  }

  test('of one frame', async () => {
    const decoded = await sharp(right(await jpeg(frames, 1, 95)()))
      .raw()
      .toBuffer({ resolveWithObject: true })
    expect([decoded.info.width, decoded.info.height]).toEqual([width, height])
    expect(meanDifference(new Uint8Array(decoded.data), numbered(2, width, height))).toBeLessThan(4)
    expect(left(await jpeg(frames, 3)())._tag).toBe('BadSampling')
  })

  test('contact sheet: cells in reading order', async () => {
    const sheet = right(await contactSheet(frames, { columns: 2, cell: 40, gap: 2, quality: 95 })())
    const { data, info } = await sharp(sheet).raw().toBuffer({ resolveWithObject: true })
    expect([info.width, info.height]).toEqual([2 + 2 * 42, 2 + 2 * 32])
    const bright = (column: number, row: number, bar: number) =>
      (data[3 * ((2 + row * 32 + 7) * info.width + 2 + column * 42 + 4 * bar + 2)] as number) > 130
    expect([bright(0, 0, 0), bright(0, 0, 1)]).toEqual([true, false])
    expect([bright(1, 0, 0), bright(1, 0, 1)]).toEqual([false, true])
    expect([bright(0, 1, 0), bright(0, 1, 1)]).toEqual([true, true])
  })
})
