import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { adapters, few, program } from './decoders.ts'
import { anySubset, type Base, base, inMilliseconds, milliseconds, readThrough, run, ticks, written } from './odd.ts'
import { runTable, withEdits, withTable } from './rewrite.ts'
import { folder } from './scene.ts'

const home = folder()
let plain: Base
let reordered: Base
beforeAll(async () => {
  plain = await base(12, 0)
  reordered = await base(12, 3)
})
afterAll(() => rmSync(home, { recursive: true, force: true }))

/** The clip with other lengths of samples. */
const lasting = (from: Base, runs: readonly (readonly [number, number])[]) =>
  withTable(from.bytes, 'stts', runTable('stts', runs))

const even = run(0, 60).map(i => i * milliseconds)

describe.each(adapters)('equal and falling times: $name', ({ name, make }) => {
  const runs = name === 'ffmpeg' ? 2 : 20

  const lengths = [
    [
      'one sample of length 0',
      () =>
        lasting(plain, [
          [10, ticks],
          [1, 0],
          [49, ticks],
        ]),
    ],
    [
      'many samples of length 0',
      () =>
        lasting(plain, [
          [10, ticks],
          [20, 0],
          [30, ticks],
        ]),
    ],
    [
      'samples of length 0 among B frames',
      () =>
        lasting(reordered, [
          [10, ticks],
          [3, 0],
          [47, ticks],
        ]),
    ],
    ['all samples of length 0', () => lasting(plain, [[60, 0]])],
  ] as const
  test.each(few(name, lengths, 2))('%s: every picture counts', async (what, rewrite) => {
    const decoder = make()
    const { clip, frames, numbers } = await readThrough(decoder, written(home, `${what}.mp4`, rewrite()))
    expect(numbers).toEqual(run(0, 60))
    await anySubset(decoder, clip, frames, runs)
  })

  test('lost composition offsets: pictures come in the order in which they are shown', async () => {
    const bare = withEdits(withTable(reordered.bytes, 'ctts', undefined), undefined)
    const decoder = make()
    const { clip, frames, numbers, times } = await readThrough(decoder, written(home, 'lost.mp4', bare))
    expect(numbers).toEqual(run(0, 60))
    expect(inMilliseconds(times)).toEqual(even)
    await anySubset(decoder, clip, frames, runs)
  })

  test.skipIf(program === undefined)('more frames a second than the time base can tell apart', async () => {
    const from = written(home, 'reordered.mp4', reordered.bytes)
    const path = join(home, 'fast.mkv')
    execFileSync(program ?? '', ['-v', 'error', '-y', '-r', '3000', '-i', from, '-c:v', 'libx264', '-bf', '3', path])
    const decoder = make()
    const { clip, frames, numbers } = await readThrough(decoder, path)
    expect(numbers).toEqual(run(0, 60))
    await anySubset(decoder, clip, frames, runs)
  })

  const joins = [
    ['the same stream twice', '1', '1'],
    ['one whose clock is far ahead first', '100', '1'],
    ['one whose clock is far ahead second', '1', '100'],
  ] as const
  test.skipIf(program === undefined).each(few(name, joins))(
    'joined transport streams, %s: the clock goes on',
    async (what, first, second) => {
      const part = (offset: string) => {
        const from = written(home, 'reordered.mp4', reordered.bytes)
        const path = join(home, `${offset}.ts`)
        const how = ['-c', 'copy', '-bsf:v', 'h264_mp4toannexb', '-output_ts_offset', offset]
        execFileSync(program ?? '', ['-v', 'error', '-y', '-i', from, ...how, path])
        return readFileSync(path)
      }
      const joined = written(home, `${what}.ts`, Buffer.concat([part(first), part(second)]))
      const decoder = make()
      const { clip, frames, numbers, times } = await readThrough(decoder, joined)
      expect(numbers).toEqual([...run(0, 60), ...run(0, 60)])
      expect(inMilliseconds(times)).toEqual(run(0, 120).map(i => i * milliseconds))
      expect(clip.clockJumps?.map(jump => jump.frame)).toEqual([60])
      await anySubset(decoder, clip, frames, runs)
    },
  )
})
