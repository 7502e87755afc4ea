import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { encodeVideo, nodeAv, sample, uniform } from 'kinograd/media'
import { afterAll, describe, expect, test } from 'vitest'
import { folder, left, numbered, render, right } from './scene.ts'

const home = folder()
afterAll(() => rmSync(home, { recursive: true, force: true }))

describe('writing video', () => {
  test('the same frames give the same bytes', async () => {
    const options = { width: 56, height: 56, fps: 2, crf: 18, bFrames: 2 }
    const first = readFileSync(await render(join(home, 'a.mp4'), 8, options))
    for (let i = 0; i < 30; i++)
      expect(Buffer.compare(first, readFileSync(await render(join(home, 'deep', `${i}.mp4`), 8, options)))).toBe(0)
  })

  test('what is read back is close to what was written, at its times', async () => {
    const path = join(home, 'close.mp4')
    await render(path, 8, { width: 56, height: 56, fps: 2, crf: 12 })
    const decoder = nodeAv()
    const frames = right(await sample(decoder, right(await decoder.probe(path)()), uniform(8))())
    expect(frames.times).toEqual([0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5])
    let sum = 0
    for (let i = 0; i < 8; i++)
      for (const [j, byte] of numbered(i, 56, 56).entries())
        sum += Math.abs(byte - (frames.data[i * 9408 + j] as number))
    expect(sum / frames.data.length).toBeLessThan(6)
  })

  test('a rate that is no whole number', async () => {
    const path = await render(join(home, 'ntsc.mp4'), 30, { width: 64, height: 64, fps: 29.97 })
    expect(right(await nodeAv().probe(path)()).fps).toBeCloseTo(29.97, 3)
  })

  test('bad sizes, bad frames and no frames are faults, and leave no file behind', async () => {
    const path = join(home, 'bad', 'x.mp4')
    const options = { width: 56, height: 56, fps: 2 }
    const attempt = async (frames: Iterable<Uint8Array>, more: object = {}) =>
      left(await encodeVideo(path, frames, { ...options, ...more })())._tag
    expect(await attempt([], { width: 55 })).toBe('BadSize')
    expect(await attempt([], { fps: 0 })).toBe('BadSize')
    expect(await attempt([])).toBe('NotWritten')
    expect(await attempt([numbered(0, 56, 56), new Uint8Array(5)])).toBe('NotWritten')
    const failing = function* () {
      yield numbered(0, 56, 56)
      throw new Error('the renderer broke')
    }
    expect(await attempt(failing())).toBe('NotWritten')
    expect(existsSync(path)).toBe(false)
    expect(readdirSync(join(home, 'bad'))).toEqual([])
  })
})
