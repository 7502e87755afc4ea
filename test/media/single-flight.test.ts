import { either as E, type taskEither as TE } from 'fp-ts'
import { encodeVideo, inMemory, nodeAv } from 'kinograd/media'
import { describe, expect, test } from 'vitest'
import { boundsFromNow, cancelled } from '../../src/media/bounds.ts'
import { remember } from '../../src/media/remember.ts'
import { singleFlight } from '../../src/media/single-flight.ts'
import type { MediaFault } from '../../src/media/types.ts'
import { folder, left, right } from './scene.ts'

type Answer = E.Either<MediaFault, number>

/** Calls that end when they are told to, or as cancelled when their signal aborts. */
const calls = () => {
  const ends: ((answer: Answer) => void)[] = []
  const ask =
    (signal?: AbortSignal): TE.TaskEither<MediaFault, number> =>
    () =>
      new Promise(resolve => {
        const end = () => resolve(E.left(cancelled(boundsFromNow('clip', 0, signal))))
        if (signal?.aborted) end()
        signal?.addEventListener('abort', end)
        ends.push(resolve)
      })
  return { ask, ends }
}

const soon = () => new Promise(resolve => setTimeout(resolve, 5))
const slow: MediaFault = { _tag: 'TooSlow', cause: 'slow', remedy: 'wait' }

describe('a call that is under way', () => {
  test('answers all who ask under its key, and only those', async () => {
    const [share, { ask, ends }] = [singleFlight<number>(), calls()]
    const answers = Promise.all([share('a', ask())(), share('a', ask())(), share('b', ask())()])
    await soon()
    expect(ends.length).toBe(2)
    ends[0]!(E.right(1))
    ends[1]!(E.right(2))
    expect(await answers).toEqual([E.right(1), E.right(1), E.right(2)])
  })

  test('is made anew when it is over', async () => {
    const [share, { ask, ends }] = [singleFlight<number>(), calls()]
    for (const answer of [E.right(1), E.left(slow), E.right(3)]) {
      const asked = share('a', ask())()
      ends.at(-1)!(answer)
      expect(await asked).toEqual(answer)
    }
    expect(ends.length).toBe(3)
  })

  test('fails for all who wait', async () => {
    const [share, { ask, ends }] = [singleFlight<number>(), calls()]
    const answers = Promise.all([share('a', ask())(), share('a', ask())()])
    await soon()
    ends[0]!(E.left(slow))
    expect(await answers).toEqual([E.left(slow), E.left(slow)])
    expect(ends.length).toBe(1)
  })

  test('is begun anew, once, by those who wait when who began it gives up', async () => {
    const [share, { ask, ends }, first] = [singleFlight<number>(), calls(), new AbortController()]
    const given = share('a', ask(first.signal), first.signal)()
    const others = Promise.all([share('a', ask())(), share('a', ask())()])
    await soon()
    first.abort()
    expect(left(await given)._tag).toBe('Cancelled')
    await soon()
    expect(ends.length).toBe(2)
    ends[1]!(E.right(7))
    expect(await others).toEqual([E.right(7), E.right(7)])
  })

  test('holds nobody who gives up waiting', async () => {
    const [share, { ask, ends }, second] = [singleFlight<number>(), calls(), new AbortController()]
    const first = share('a', ask())()
    const waiting = share('a', ask(second.signal), second.signal)()
    await soon()
    second.abort()
    expect(left(await waiting)._tag).toBe('Cancelled')
    ends[0]!(E.right(1))
    expect(await first).toEqual(E.right(1))
  })
})

test('a memory asks once for all who want an answer at that time, and failures anew later', async () => {
  const [kept, { ask, ends }] = [remember<number>(2), calls()]
  const failing = Promise.all([kept('a', ask())(), kept('a', ask())()])
  await soon()
  ends[0]!(E.left(slow))
  expect(await failing).toEqual([E.left(slow), E.left(slow)])
  const asked = Promise.all([kept('a', ask())(), kept('a', ask())()])
  await soon()
  expect(ends.length).toBe(2)
  ends[1]!(E.right(5))
  expect(await asked).toEqual([E.right(5), E.right(5)])
  expect(await kept('a', ask())()).toEqual(E.right(5))
  expect(ends.length).toBe(2)
})

test('questions about one clip that are asked at the same time decode it once', async () => {
  const path = `${folder()}/clip.mp4`
  right(await encodeVideo(path, [new Uint8Array(16 * 16 * 3)], { width: 16, height: 16, fps: 10 })())
  const decoder = nodeAv()
  let [probed, decoded] = [0, 0]
  const counting = inMemory(
    {
      ...decoder,
      probe: (...asked) => {
        const task = decoder.probe(...asked)
        return () => {
          probed++
          return task()
        }
      },
      frames: (...asked) => {
        const task = decoder.frames(...asked)
        return () => {
          decoded++
          return task()
        }
      },
    },
    { bytes: 2 ** 20 },
  )
  const clips = await Promise.all([1, 2, 3, 4].map(() => counting.probe(path)()))
  const clip = right(clips[0]!)
  const frames = await Promise.all([1, 2, 3, 4].map(() => counting.frames(clip, [0])()))
  expect(new Set(frames.map(one => right(one))).size).toBe(1)
  expect([probed, decoded]).toEqual([1, 1])
})
