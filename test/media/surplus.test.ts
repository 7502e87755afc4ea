import { rmSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { adapters, few } from './decoders.ts'
import { anySubset, type Base, base, readThrough, run, ticks, written } from './odd.ts'
import { claiming, overDeclared, rewritten } from './rewrite.ts'
import { folder, left } from './scene.ts'

const home = folder()
let plain: Base
let reordered: Base
beforeAll(async () => {
  plain = await base(12, 0)
  reordered = await base(12, 3)
})
afterAll(() => rmSync(home, { recursive: true, force: true }))

const behind = (bytes: Buffer) => Buffer.concat([reordered.bytes, bytes])

describe.each(adapters)('more than a clip needs: $name', ({ name, make }) => {
  const behindIt = [
    ['bytes that read as a box longer than the file', () => behind(claiming('\0\0\0\0', 60_000, Buffer.alloc(400)))],
    ['an unknown box longer than the file', () => behind(claiming('zzzz', 60_000, Buffer.alloc(400)))],
    ['three bytes', () => behind(Buffer.from([1, 2, 3]))],
    ['zeros', () => behind(Buffer.alloc(1000))],
    ['text', () => behind(Buffer.alloc(1000, 'A'))],
    ['an unknown box', () => behind(claiming('zzzz', 500, Buffer.alloc(492, 7)))],
    [
      'an unknown box in the movie header',
      () => rewritten(reordered.bytes, ['moov', 'trak'], 'zzzz', () => claiming('zzzz', 77, Buffer.alloc(69))),
    ],
  ] as const
  test.each(few(name, behindIt))('%s', async (what, rewrite) => {
    const decoder = make()
    const { clip, frames, numbers } = await readThrough(decoder, written(home, `${what}.mp4`, rewrite()))
    expect(numbers).toEqual(run(0, 60))
    expect(clip.missingBytes).toBeUndefined()
    await anySubset(decoder, clip, frames, name === 'ffmpeg' ? 1 : 10)
  })

  test('samples that lie beyond the end of the file', async () => {
    const path = written(home, 'beyond.mp4', overDeclared(plain.bytes, 20, 5000, ticks))
    const decoder = make()
    const { clip, frames, numbers } = await readThrough(decoder, path)
    expect(numbers).toEqual(run(0, 60))
    await anySubset(decoder, clip, frames, name === 'ffmpeg' ? 1 : 10)
  })

  test('a box of samples that is longer than the file is still missing bytes', async () => {
    const path = written(home, 'cut.mp4', behind(claiming('mdat', 60_000, Buffer.alloc(400))))
    expect(left(await make().probe(path)())._tag).toBe('Truncated')
  })
})
