import { copyFileSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Clip, cached, type Decoder, nodeAv, sample, uniform } from 'kinograd/media'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { counting } from './counting.ts'
import { folder, left, render, right } from './scene.ts'

const home = folder()
const [one, two, other] = ['one.mp4', 'two.mp4', 'other.mp4'].map(name => join(home, name)) as [string, string, string]

beforeAll(async () => {
  await render(one, 12, { width: 56, height: 56, fps: 4 })
  copyFileSync(one, two)
  await render(other, 12, { width: 56, height: 56, fps: 4, crf: 40 })
})
afterAll(() => rmSync(home, { recursive: true, force: true }))

/** A decoder, and how often frames are really decoded by it. */
const countingFrames = (): { readonly decoder: Decoder; readonly decoded: () => number } => {
  const { decoder, asked } = counting(nodeAv())
  return { decoder, decoded: () => asked.filter(what => what === 'frames').length }
}

const entries = (directory: string): string[] => readdirSync(directory).filter(name => name.endsWith('.frames'))

describe.each([
  ['disk', 0],
  ['memory', 1e8],
] as const)('the frame cache, second reads from %s', (tier, memoryBytes) => {
  test('gives what was decoded, once per content and request', async () => {
    const directory = join(home, `cache ${tier}`)
    const { decoder, decoded } = countingFrames()
    const keeper = cached(decoder, { directory, bytes: 1e8, memoryBytes })
    const clip = right(await keeper.probe(one)())
    const [first, beside] = (await Promise.all([1, 2].map(() => sample(keeper, clip, uniform(6))()))).map(right)
    expect(beside).toEqual(first)
    expect(decoded()).toBe(1)
    const again = right(await sample(keeper, clip, uniform(6))())
    expect(again).toEqual(first)
    expect(decoded()).toBe(1)
    const copy = right(await keeper.probe(two)())
    expect(right(await sample(keeper, copy, uniform(6))()).data).toEqual(first!.data)
    expect(decoded()).toBe(1)
    right(await sample(keeper, clip, uniform(4))())
    expect(decoded()).toBe(2)
    expect(entries(directory).length).toBe(2)
  })
})

describe('the frame cache', () => {
  const request = (keeper: Decoder, clip: Clip) => sample(keeper, clip, uniform(6))()

  test('notices that a file has changed', async () => {
    const { decoder, decoded } = countingFrames()
    const keeper = cached(decoder, { directory: join(home, 'changed'), bytes: 1e8 })
    const path = join(home, 'swapped.mp4')
    copyFileSync(one, path)
    const before = right(await request(keeper, right(await keeper.probe(path)())))
    copyFileSync(other, path)
    const after = right(await request(keeper, right(await keeper.probe(path)())))
    expect(decoded()).toBe(2)
    expect(Buffer.compare(before.data, after.data)).not.toBe(0)
  })

  test('stays within its bound, forgetting what was used longest ago', async () => {
    const directory = join(home, 'bounded')
    const entry = 6 * 56 * 56 * 3 + 400
    const keeper = cached(nodeAv(), { directory, bytes: 3 * entry })
    const clip = right(await keeper.probe(one)())
    for (let i = 0; i < 6; i++) right(await keeper.frames(clip, [i, 1, 2, 3, 4, 5])())
    expect(entries(directory).length).toBe(3)
    const size = entries(directory).reduce((sum, name) => sum + statSync(join(directory, name)).size, 0)
    expect(size).toBeLessThanOrEqual(3 * entry)
    // A new process finds the folder as it is and keeps the bound.
    const later = cached(nodeAv(), { directory, bytes: 2 * entry })
    right(await later.frames(clip, [9, 1, 2, 3, 4, 5])())
    right(await later.frames(clip, [10, 1, 2, 3, 4, 5])())
    expect(entries(directory).length).toBeLessThanOrEqual(3)
  })

  test('makes a damaged entry anew and leaves no temporary file', async () => {
    const directory = join(home, 'damaged')
    const { decoder, decoded } = countingFrames()
    const keeper = cached(decoder, { directory, bytes: 1e8 })
    const clip = right(await keeper.probe(one)())
    const first = right(await request(keeper, clip))
    const entry = join(directory, entries(directory)[0] as string)
    truncateSync(entry, 1000)
    expect(right(await request(keeper, clip))).toEqual(first)
    expect(decoded()).toBe(2)
    expect(readFileSync(entry).length).toBeGreaterThan(1000)
    expect(readdirSync(directory).every(name => name.endsWith('.frames'))).toBe(true)
  })

  test('says when its folder cannot be written, and passes the faults of the decoder on', async () => {
    const blocked = join(home, 'a file')
    writeFileSync(blocked, 'x')
    const clip = right(await nodeAv().probe(one)())
    expect(left(await request(cached(nodeAv(), { directory: blocked, bytes: 1e8 }), clip))._tag).toBe('NotWritten')
    const keeper = cached(nodeAv(), { directory: join(home, 'faults'), bytes: 1e8 })
    expect(left(await keeper.frames(clip, [99])())._tag).toBe('BadSampling')
    expect(left(await keeper.frames({ ...clip, path: join(home, 'gone.mp4') }, [0])())._tag).toBe('NotFound')
  })
})
