import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { fault } from '../flow/index.ts'
import type { Clip, Decoder, MediaFault } from './types.ts'

/**
 * The part of a clip from `start` to `end` seconds, as a clip of its own: the frames whose times lie there, both ends
 * included, as `video_start` and `video_end` of qwen_vl_utils take them. Frames and samples of it are counted from its
 * first frame; their times stay those of the file. `BadSampling` when no frame lies there.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { mkdtemp } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { function as F, taskEither as TE } from 'fp-ts'
 * import { clipWindow, encodeVideo, nodeAv, sample, uniform } from 'kinograd/media'
 *
 * const path = join(await mkdtemp(join(tmpdir(), 'kinograd-')), 'clip.mp4')
 * const grey = (level: number) => new Uint8Array(16 * 16 * 3).fill(level)
 * await encodeVideo(path, [0, 50, 100, 150].map(grey), { width: 16, height: 16, fps: 10 })()
 * const decoder = nodeAv()
 * const frames = await F.pipe(
 *   decoder.probe(path),
 *   TE.flatMap(clip => clipWindow(decoder, clip, { start: 0.1, end: 0.25 })),
 *   TE.flatMap(clip => sample(decoder, clip, uniform(2))),
 * )()
 * assert(frames._tag === 'Right')
 * assert.deepEqual(frames.right.times, [0.1, 0.2])
 * ```
 */
export const clipWindow = (
  decoder: Decoder,
  clip: Clip,
  { start, end }: { readonly start: number; readonly end: number },
  signal?: AbortSignal,
): TE.TaskEither<MediaFault, Clip> =>
  F.pipe(
    decoder.times(clip, signal),
    TE.flatMapEither(times => {
      // Times are sums of ticks: a microsecond of slack keeps 0.1 s inside of a window that begins there.
      const first = times.findIndex(time => time >= start - 1e-6)
      const last = times.findLastIndex(time => time <= end + 1e-6)
      if (first < 0 || last < first)
        return E.left(
          fault(
            'BadSampling',
            `${clip.path} has no frame from ${start} to ${end} s; its frames lie from ${times[0]} to ${times.at(-1)} s`,
            'Choose a window that holds a frame.',
          ),
        )
      const frameCount = last - first + 1
      const step = clip.durationSeconds / clip.frameCount
      return E.right({
        ...clip,
        frameCount,
        durationSeconds: times[last]! - times[first]! + step,
        window: { start, end, first: (clip.window?.first ?? 0) + first },
      })
    }),
  )
