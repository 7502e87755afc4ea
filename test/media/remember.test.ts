import { either as E } from 'fp-ts'
import { encodeVideo, inMemory, nodeAv } from 'kinograd/media'
import { expect, test } from 'vitest'
import { remember } from '../../src/media/remember.ts'
import type { MediaFault } from '../../src/media/types.ts'
import { counting } from './counting.ts'
import { folder, left, right } from './scene.ts'

const slow: MediaFault = { _tag: 'TooSlow', cause: 'slow', remedy: 'wait' }

test('a memory asks once for all who want an answer at that time, failures anew later, answers never again', async () => {
  const kept = remember<number>(2)
  let asked = 0
  const ask = (answer: E.Either<MediaFault, number>) =>
    kept('key', { what: 'clip.mp4' }, () => async () => {
      asked++
      await new Promise(setImmediate)
      return answer
    })
  const both = (answer: E.Either<MediaFault, number>) => Promise.all([ask(answer)(), ask(answer)()])
  expect([await both(E.left(slow)), asked]).toEqual([[E.left(slow), E.left(slow)], 1])
  expect([await both(E.right(5)), asked]).toEqual([[E.right(5), E.right(5)], 2])
  expect([await ask(E.right(6))(), asked]).toEqual([E.right(5), 2])
})

test('questions about one clip that are asked at the same time decode it once, and one that leaves leaves the others', async () => {
  const path = `${folder()}/clip.mp4`
  right(await encodeVideo(path, [new Uint8Array(16 * 16 * 3)], { width: 16, height: 16, fps: 10 })())
  const { decoder, asked } = counting(nodeAv())
  const memory = inMemory(decoder, { bytes: 2 ** 20 })
  const four = [1, 2, 3, 4]
  const clip = right((await Promise.all(four.map(() => memory.probe(path)())))[0]!)
  const first = new AbortController()
  const signals = [first.signal, ...four.slice(1).map(() => undefined)]
  const frames = signals.map(signal => memory.frames(clip, [0], signal)())
  first.abort()
  const [gone, ...others] = await Promise.all(frames)
  expect(left(gone!)).toMatchObject({ _tag: 'Cancelled', cause: `${path} was cancelled` })
  expect(new Set(others.map(right)).size).toBe(1)
  expect(asked).toEqual(['probe', 'frames'])
})
