import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { atTimes, fps, rateOf, sample, secondsPerGrid } from 'kinograd/media'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clockOf } from '../../src/media/clock.ts'
import { fc, test as property } from '../property.ts'
import { adapters, program } from './decoders.ts'
import { type Base, base, inMilliseconds, numbersOf, readThrough, run, ticks, written } from './odd.ts'
import { runTable, withTable } from './rewrite.ts'
import { folder, right } from './scene.ts'

const home = folder()
let plain: Base
beforeAll(async () => {
  plain = await base(12, 0)
})
afterAll(() => rmSync(home, { recursive: true, force: true }))

describe.each(adapters)('rates and times: $name', ({ make }) => {
  test('a last sample of hours: grids and samples go by what was measured', async () => {
    const long = runTable('stts', [
      [59, ticks],
      [1, 0x7fffffff],
    ])
    const { clip } = await readThrough(make(), written(home, 'long.mp4', withTable(plain.bytes, 'stts', long)))
    expect(clip.measuredFps).toBeCloseTo(25, 9)
    expect(clip.fps).toBeCloseTo(0.0004, 3)
    expect(clip.fps).toBeGreaterThan(0)
    expect(clip.durationSeconds).toBeCloseTo(2.4, 9)
    expect(secondsPerGrid(clip, 16)).toBeCloseTo((2 / 16) * 2.4, 6)
    const frames = right(await sample(make(), clip, fps(2, 4, 16))())
    expect(frames.count).toBe(4)
  })

  test.skipIf(program === undefined)('times are counted from the first frame, and the start is stated', async () => {
    const from = written(home, 'plain.mp4', plain.bytes)
    for (const name of ['late.ts', 'late.mkv']) {
      const path = join(home, name)
      execFileSync(program ?? '', ['-v', 'error', '-y', '-i', from, '-c', 'copy', '-output_ts_offset', '7', path])
      const decoder = make()
      const { clip, times } = await readThrough(decoder, path)
      expect(inMilliseconds(times)).toEqual(run(0, 60).map(i => 40 * i))
      expect(clip.startSeconds).toBeGreaterThanOrEqual(7)
      expect(numbersOf(right(await sample(decoder, clip, atTimes([0, 0.041, 2]))()))).toEqual([0, 1, 50])
    }
  })

  test.skipIf(program === undefined)('unevenly spaced frames have their times', async () => {
    const from = written(home, 'plain.mp4', plain.bytes)
    const path = join(home, 'uneven.mkv')
    const half = ['-vf', "select='lt(n,20)+not(mod(n,4))'", '-fps_mode', 'vfr', '-c:v', 'libx264', '-bf', '3']
    execFileSync(program ?? '', ['-v', 'error', '-y', '-i', from, ...half, path])
    const { clip, times, numbers } = await readThrough(make(), path)
    expect(numbers).toEqual(run(0, 60).filter(i => i < 20 || i % 4 === 0))
    expect(inMilliseconds(times)).toEqual(numbers.map(i => 40 * i))
    expect(rateOf(clip)).toBeCloseTo((numbers.length - 1) / (56 * 0.04), 6)
  })
})

describe('the clock of a clip', () => {
  const plainly = { joined: false, leaping: false }
  const ascending = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 40 }).map(steps => {
    let at = -20
    return steps.map(step => (at += step))
  })

  property.prop([ascending, fc.nat(1000)])('does not change with the start', (list, start) => {
    const [here, there] = [
      clockOf(list, 0.5, plainly),
      clockOf(
        list.map(at => at + start),
        0.5,
        plainly,
      ),
    ]
    expect(Array.from(there.seconds)).toEqual(Array.from(here.seconds))
    expect(there.start - here.start).toBe(start / 2)
  })

  property.prop([ascending, ascending, fc.integer({ min: -2000, max: -100 })])(
    'goes on where streams are joined, and the jumps give the ticks back',
    (first, second, shift) => {
      const all = [...first, ...second.map(at => at + shift)]
      const { seconds, start, jumps } = clockOf(all, 0.01, { joined: true, leaping: false })
      expect(jumps.length).toBeGreaterThanOrEqual(all.length > first.length ? 1 : 0)
      for (const [i, at] of all.entries()) {
        expect(seconds[i]).toBeGreaterThanOrEqual(seconds[i - 1] ?? 0)
        const added = jumps.findLast(({ frame }) => frame <= i)?.seconds ?? 0
        expect((seconds[i] ?? 0) + start - added).toBeCloseTo(at * 0.01, 9)
      }
    },
  )

  test('a running clock may leap, another may rest', () => {
    expect(Array.from(clockOf([0, 1, 50, 51], 1, { joined: false, leaping: true }).seconds)).toEqual([0, 1, 2, 3])
    expect(Array.from(clockOf([0, 1, 50, 51], 1, plainly).seconds)).toEqual([0, 1, 50, 51])
  })
})
