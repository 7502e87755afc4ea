import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Clip, Decoder, Frames } from 'kinograd/media'
import { expect } from 'vitest'
import { fc } from '../property.ts'
import { editStart } from './rewrite.ts'
import { folder, readNumber, render, right } from './scene.ts'

/** Ticks of a frame, and milliseconds, in the clips that `bases` renders. */
export const ticks = 512
export const milliseconds = 40

/** A clip of 60 numbered pictures as bytes, and where its edit begins. */
export interface Base {
  readonly bytes: Buffer
  readonly start: number
}

/** Renders clips of 60 pictures of 160×96 at 25 a second. */
export const base = async (gop: number, bFrames: number): Promise<Base> => {
  const path = await render(join(folder(), 'base.mp4'), 60, { width: 160, height: 96, fps: 25, gop, bFrames })
  const bytes = readFileSync(path)
  return { bytes, start: editStart(bytes) }
}

/** Writes bytes into a file of a folder. */
export const written = (home: string, name: string, bytes: Buffer): string => {
  writeFileSync(join(home, name), bytes)
  return join(home, name)
}

/** Numbers in order: `count` from `first` on. */
export const run = (first: number, count: number): number[] => Array.from({ length: count }, (_, i) => first + i)

/** The numbers that the pictures of frames say. */
export const numbersOf = ({ data, count, width, height }: Frames): number[] =>
  run(0, count).map(i => readNumber(data.subarray(i * width * height * 3), width, height))

/** A clip, the frames of a full decode, and their times. */
export const readThrough = async (decoder: Decoder, path: string) => {
  const clip = right(await decoder.probe(path)())
  const frames = right(await decoder.frames(clip, run(0, clip.frameCount))())
  const times = right(await decoder.times(clip)())
  expect(frames.times).toEqual(times)
  expect(times.every((time, i) => time >= (times[i - 1] ?? 0))).toBe(true)
  expect(times[0]).toBe(0)
  return { clip, frames, times, numbers: numbersOf(frames) }
}

/** Any subsets in any order give the bytes of the full decode. */
export const anySubset = (decoder: Decoder, clip: Clip, all: Frames, runs: number): Promise<void> => {
  const size = clip.width * clip.height * 3
  return fc.assert(
    fc.asyncProperty(fc.array(fc.nat(clip.frameCount - 1), { minLength: 1, maxLength: 6 }), async indices => {
      const few = right(await decoder.frames(clip, indices)())
      for (const [i, index] of indices.entries()) {
        const got = few.data.subarray(i * size, (i + 1) * size)
        expect(Buffer.compare(got, all.data.subarray(index * size, (index + 1) * size)), `frame ${index}`).toBe(0)
      }
    }),
    { numRuns: runs },
  )
}

/** Times rounded to milliseconds. */
export const inMilliseconds = (times: readonly number[]): number[] => times.map(time => Math.round(1000 * time))
