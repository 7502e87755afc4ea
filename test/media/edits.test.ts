import { rmSync } from 'node:fs'
import { nodeAv } from 'kinograd/media'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { adapters, few } from './decoders.ts'
import { anySubset, type Base, base, inMilliseconds, milliseconds, readThrough, run, ticks, written } from './odd.ts'
import { type Edit, padded, withEdits } from './rewrite.ts'
import { folder, right } from './scene.ts'

const home = folder()
let one: Base
let several: Base
beforeAll(async () => {
  one = await base(250, 3)
  several = await base(12, 3)
})
afterAll(() => rmSync(home, { recursive: true, force: true }))

/** An edit that shows so many frames of a clip from one on. */
const show = ({ start }: Base, first: number, frames: number): Edit => ({
  duration: frames * milliseconds,
  from: start + first * ticks,
})

const edited = (from: Base, name: string, edits: readonly Edit[]) =>
  written(home, `${name}.mp4`, withEdits(from.bytes, edits))

/** Edits of 60 frames, and the frames that a player shows. */
const lists: readonly (readonly [string, () => string, readonly number[]])[] = [
  [
    'two parts',
    () => edited(several, 'two', [show(several, 5, 10), show(several, 40, 10)]),
    [...run(5, 10), ...run(40, 10)],
  ],
  [
    'in another order',
    () => edited(several, 'order', [show(several, 40, 10), show(several, 5, 10)]),
    [...run(40, 10), ...run(5, 10)],
  ],
  [
    'a part twice',
    () => edited(several, 'twice', [show(several, 5, 10), show(several, 5, 10)]),
    [...run(5, 10), ...run(5, 10)],
  ],
  [
    'three parts of one group of pictures, backwards',
    () => edited(one, 'three', [show(one, 30, 10), show(one, 20, 10), show(one, 10, 10)]),
    [...run(30, 10), ...run(20, 10), ...run(10, 10)],
  ],
  ['an end trimmed behind a long last group of pictures', () => edited(one, 'end', [show(one, 0, 20)]), run(0, 20)],
  ['both ends trimmed', () => edited(one, 'both', [show(one, 15, 20)]), run(15, 20)],
]

describe.each(adapters)('edit lists: $name', ({ name, make }) => {
  test.each(few(name, lists))('%s', async (_, make_, shown) => {
    const decoder = make()
    const { clip, frames, numbers, times } = await readThrough(decoder, make_())
    expect(numbers).toEqual(shown)
    expect(clip.frameCount).toBe(shown.length)
    // FFmpeg lays the first frame of a part on the last of the part before where its times overlap: one frame at most.
    expect(Math.abs(1000 * (times.at(-1) ?? 0) - (shown.length - 1) * milliseconds)).toBeLessThanOrEqual(
      3 * milliseconds,
    )
    await anySubset(decoder, clip, frames, name === 'ffmpeg' ? 2 : 20)
  })

  test('an empty edit first: the container starts later, the clip does not', async () => {
    const path = edited(several, 'empty', [{ duration: 1000, from: -1 }, show(several, 0, 60)])
    const { clip, numbers, times } = await readThrough(make(), path)
    expect(numbers).toEqual(run(0, 60))
    expect(clip.startSeconds).toBeCloseTo(1, 9)
    expect(inMilliseconds(times)).toEqual(run(0, 60).map(i => i * milliseconds))
  })
})

/** Shows nothing for so many frames. */
const wait = (frames: number): Edit => ({ duration: frames * milliseconds, from: -1 })

/** Edits with empty ones among them, the frames that a player shows, and when, in frames. */
const waits: readonly (readonly [string, () => readonly Edit[], readonly number[], readonly number[]])[] = [
  [
    'between two parts',
    () => [show(several, 0, 12), wait(10), show(several, 12, 12)],
    run(0, 24),
    [...run(0, 12), ...run(22, 12)],
  ],
  [
    'first, between and last',
    () => [wait(20), show(several, 24, 12), wait(4), show(several, 36, 12), wait(10)],
    run(24, 24),
    [...run(0, 12), ...run(16, 12)],
  ],
  ['last', () => [show(several, 12, 24), wait(30)], run(12, 24), run(0, 24)],
]

describe.each(adapters)('empty edits: $name', ({ name, make }) => {
  test.each(few(name, waits))('%s', async (what, edits, shown, at) => {
    const decoder = make()
    const { clip, frames, numbers, times } = await readThrough(decoder, edited(several, `wait ${what}`, edits()))
    expect(numbers).toEqual(shown)
    expect(inMilliseconds(times)).toEqual(at.map(frame => frame * milliseconds))
    expect(right(await decoder.activity(clip)())).toHaveLength(shown.length)
    await anySubset(decoder, clip, frames, name === 'ffmpeg' ? 1 : 20)
  })
})

test('the movie header of a large file is not believed where an edit ends long before the last group does', async () => {
  const long = withEdits(one.bytes, [show(one, 0, 20)])
  const { numbers } = await readThrough(nodeAv(), written(home, 'large.mp4', padded(long, 2 ** 21)))
  expect(numbers).toEqual(run(0, 20))
})
