import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { either as E } from 'fp-ts'
import { nodeAv } from 'kinograd/media'
import sharp, { type Sharp } from 'sharp'
import { afterAll, describe, expect } from 'vitest'
import { fc, test } from '../property.ts'
import { folder, left, numbered, right } from './scene.ts'

const home = folder()
afterAll(() => rmSync(home, { recursive: true, force: true }))
const runs = Number(process.env.KINOGRAD_FUZZ_RUNS ?? 60)

const [width, height] = [24, 16]
const picture = (index: number) => sharp(numbered(index, width, height), { raw: { width, height, channels: 3 } })
const bytesOf = (image: Sharp): Promise<Buffer> => image.toBuffer()
const png = await bytesOf(picture(1).png())
const formats = [png, await bytesOf(picture(1).jpeg()), await bytesOf(picture(1).webp())]

describe('numbers of a folder', () => {
  const rows = fc.record({
    prefix: fc.constantFrom('', 'frame_', 'cam2-', 'a b '),
    start: fc.nat(1200),
    step: fc.integer({ min: 1, max: 25 }),
    count: fc.integer({ min: 5, max: 24 }),
    digits: fc.constantFrom(0, 4, 6),
    gone: fc.nat(1000),
  })

  test.prop([rows], { numRuns: runs })(
    'any even row is whole, and a hole in it is named',
    async row => {
      const { prefix, start, step, count, digits, gone } = row
      const made = mkdtempSync(join(home, 'row '))
      const name = (i: number) => `${prefix}${String(start + i * step).padStart(digits, '0')}.png`
      for (let i = 0; i < count; i++) writeFileSync(join(made, name(i)), png)
      const whole = right(await nodeAv().pictures({ folder: made })())
      expect(whole.pictures).toEqual(Array.from({ length: count }, (_, i) => join(made, name(i))))
      // Behind the hole at least two pictures are left, which say what the step is.
      const hole = 1 + (gone % (count - 3))
      rmSync(join(made, name(hole)))
      const fault = left(await nodeAv().pictures({ folder: made })())
      expect(fault._tag).toBe('BadFolder')
      expect(fault.cause).toContain(`${name(hole)} is missing between ${name(hole - 1)} and ${name(hole + 1)}`)
      rmSync(made, { recursive: true })
    },
    300_000,
  )
})

describe('broken pictures', () => {
  const damage = fc.array(fc.tuple(fc.nat(4000), fc.nat(255)), { minLength: 1, maxLength: 12 })

  test.prop([fc.nat(2), damage, fc.option(fc.nat(4000))], { numRuns: runs })(
    'bytes changed or cut at random: a fault that names the picture, or frames of the size of the clip',
    async (format, spots, cut) => {
      const whole = formats[format]!
      const broken = Buffer.from(whole.subarray(0, cut === null ? undefined : cut % whole.length))
      for (const [at, value] of spots) if (broken.length > 0) broken[at % broken.length] = value
      const made = mkdtempSync(join(home, 'broken '))
      writeFileSync(join(made, '1.png'), png)
      writeFileSync(join(made, '2.png'), broken)
      const decoder = nodeAv({ limits: { milliseconds: 20_000 } })
      for (const source of [{ folder: made }, { image: join(made, '2.png') }]) {
        const clip = await decoder.pictures(source)()
        const last = 'folder' in source ? [0, 1] : [0]
        const frames = E.isRight(clip) ? await decoder.frames(clip.right, last)() : clip
        if (E.isLeft(frames)) expect(frames.left.cause).toContain('2.png')
        else if ('data' in frames.right)
          expect(frames.right.data.length).toBe(last.length * frames.right.width * frames.right.height * 3)
      }
      rmSync(made, { recursive: true })
    },
    300_000,
  )
})

test('a picture that lies, among others: of one size as stored, of two when turned', async () => {
  const made = mkdtempSync(join(home, 'turned '))
  await picture(1).jpeg().toFile(join(made, '1.JPG'))
  await picture(2).withMetadata({ orientation: 8 }).jpeg().toFile(join(made, '2.jpeg'))
  expect(right(await nodeAv().pictures({ folder: made })()).frameCount).toBe(2)
  const turned = left(await nodeAv({ pictures: { upright: true } }).pictures({ folder: made })())
  expect([turned._tag, turned.cause.includes(`2.jpeg ${height}×${width}`)]).toEqual(['SizeChange', true])
})

test('of a picture that moves the first is taken', async () => {
  const pages = Buffer.concat([numbered(1, width, height), numbered(2, width, height)])
  const path = join(home, 'moving.webp')
  await sharp(pages, { raw: { width, height: 2 * height, channels: 3, pageHeight: height } })
    .webp({ lossless: true })
    .toFile(path)
  const decoder = nodeAv()
  const clip = right(await decoder.pictures({ image: path })())
  expect([clip.frameCount, clip.height]).toEqual([1, height])
  expect([...right(await decoder.frames(clip, [0])()).data]).toEqual([...numbered(1, width, height)])
})
