import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { adapters, few } from './decoders.ts'
import { anySubset, inMilliseconds, readThrough } from './odd.ts'

const home = resolve('../shared/cases/media')
const here = existsSync(join(home, 'expected.json'))
if (!here) console.warn('../shared/cases/media is absent: no cases of timelines here: they are not tried')

interface Expected {
  readonly frames: number
  readonly times?: readonly number[]
  readonly numbers?: readonly number[]
}

const names = [
  'el_two.mp4',
  'intra_refresh.mp4',
  'over_reported.mp4',
  'stss_every5_hevc.mp4',
  'stts_big.mp4',
  'stts_zero.mp4',
  'trail_small.mp4',
  'ts_cut_midgop.ts',
  'vfr_bf.mkv',
]

describe.skipIf(!here).each(adapters)('clips whose containers are odd: $name', ({ name, make }) => {
  test.each(few(name, names))('%s', async file => {
    const expected: Record<string, Expected> = JSON.parse(readFileSync(join(home, 'expected.json'), 'utf8'))
    const { frames: count, times, numbers } = expected[file]!
    const decoder = make({ onDamage: 'skip' })
    const read = await readThrough(decoder, join(home, file))
    expect(read.clip.frameCount).toBe(count)
    if (numbers !== undefined) expect(read.numbers).toEqual(numbers)
    // Expected times are the container's own; ours are counted from the start that the clip states.
    const start = read.clip.startSeconds ?? 0
    if (times !== undefined) expect(inMilliseconds(read.times.map(t => t + start))).toEqual(inMilliseconds(times))
    await anySubset(decoder, read.clip, read.frames, name === 'ffmpeg' ? 1 : 20)
  })
})
