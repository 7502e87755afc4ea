import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { nodeAv } from 'kinograd/media'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { adapters, few, program } from './decoders.ts'
import { anySubset, type Base, base, readThrough, run, written } from './odd.ts'
import { padded, syncTable, withTable } from './rewrite.ts'
import { folder } from './scene.ts'

const home = folder()
let one: Base
let several: Base
beforeAll(async () => {
  one = await base(250, 3)
  several = await base(12, 3)
})
afterAll(() => rmSync(home, { recursive: true, force: true }))

/** Sync tables that do not say where decoding can begin. */
const lies: readonly (readonly [string, () => Buffer])[] = [
  ['no table, which says that every sample is a key frame', () => withTable(several.bytes, 'stss', undefined)],
  ['every sample named', () => withTable(one.bytes, 'stss', syncTable(run(1, 60)))],
  ['every seventh sample named', () => withTable(one.bytes, 'stss', syncTable([1, 8, 15, 22, 29, 36, 43, 50, 57]))],
  ['other samples named than the key frames', () => withTable(several.bytes, 'stss', syncTable([3, 17, 30, 41]))],
  ['no sample named', () => withTable(several.bytes, 'stss', syncTable([]))],
]

describe.each(adapters)('sync tables that lie: $name', ({ name, make }) => {
  const runs = name === 'ffmpeg' ? 1 : 20

  test.each(few(name, lies))('%s', async (what, lie) => {
    const path = written(home, `${what}.mp4`, lie())
    const decoder = make()
    const { clip, frames, numbers } = await readThrough(decoder, path)
    expect(numbers).toEqual(run(0, 60))
    await anySubset(decoder, clip, frames, runs)
  })

  test.skipIf(program === undefined).each([
    ['HEVC', ['-c:v', 'libx265', '-x265-params', 'log-level=none:bframes=3', '-tag:v', 'hvc1', '-g', '25'], 'libx265'],
    ['MPEG-4', ['-c:v', 'mpeg4', '-bf', '2', '-q:v', '3', '-g', '25'], 'mpeg4'],
    ['MPEG-2', ['-c:v', 'mpeg2video', '-bf', '2', '-q:v', '3', '-g', '12'], 'mpeg2video'],
    ['VP9', ['-c:v', 'libvpx-vp9', '-b:v', '300k', '-g', '25'], 'libvpx-vp9'],
    ['AV1', ['-c:v', 'libsvtav1', '-preset', '12', '-g', '25'], 'libsvtav1'],
  ] as const)('every fifth sample named of %s', async (codec, how, encoder) => {
    const encoders = execFileSync(program ?? '', ['-hide_banner', '-encoders'], { encoding: 'utf8' })
    // A child a key-frame interval: one codec is enough for the program.
    if (!encoders.includes(encoder) || (name === 'ffmpeg' && codec !== 'HEVC')) return
    const from = written(home, 'plain.mp4', several.bytes)
    const path = join(home, `${codec}.mp4`)
    execFileSync(program ?? '', ['-v', 'error', '-y', '-i', from, ...how, path], { stdio: 'ignore', timeout: 60_000 })
    const table = syncTable(run(0, 12).map(i => 5 * i + 1))
    const lying = written(home, `${codec} lies.mp4`, withTable(readFileSync(path), 'stss', table))
    const decoder = make()
    const { clip, frames, numbers } = await readThrough(decoder, lying)
    expect(numbers).toEqual(run(0, 60))
    await anySubset(decoder, clip, frames, runs)
  })

  test.skipIf(program === undefined)(
    'intra refresh: key frames at which a stream only begins to renew itself',
    async () => {
      const from = written(home, 'plain.mp4', several.bytes)
      const path = join(home, 'refresh.mp4')
      const how = ['-c:v', 'libx264', '-g', '15', '-x264-params', 'intra-refresh=1']
      execFileSync(program ?? '', ['-v', 'error', '-y', '-i', from, ...how, path], { timeout: 60_000 })
      const decoder = make()
      const { clip, frames, numbers } = await readThrough(decoder, path)
      expect(numbers).toEqual(run(0, 60))
      await anySubset(decoder, clip, frames, runs)
    },
  )
})

test('a large file, whose movie header is believed, has its key frames looked into as well', async () => {
  const table = syncTable([1, 11, 21, 31, 41, 51])
  const path = written(home, 'large.mp4', padded(withTable(one.bytes, 'stss', table), 2 ** 21))
  const decoder = nodeAv()
  const { clip, frames, numbers } = await readThrough(decoder, path)
  expect(numbers).toEqual(run(0, 60))
  await anySubset(decoder, clip, frames, 20)
})
