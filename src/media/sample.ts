import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { adaptiveIndices } from './adaptive.ts'
import { rateOf } from './clip.ts'
import { type FrameSampling, fewerEven, frameCount, indicesAt, spaced } from './sampling.ts'
import type { Clip, Decoder, Frames, MediaFault } from './types.ts'

/**
 * Indices of the frames that a spec takes of a clip, ascending. `at` asks for times, `adaptive` decodes the clip once. Of one picture
 * every spec takes that, and `fps` takes the one frame of a clip that has no other.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { mkdtemp } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { either as E, function as F, taskEither as TE } from 'fp-ts'
 * import { atTimes, encodeVideo, nodeAv, sampleIndices } from 'kinograd/media'
 *
 * const path = join(await mkdtemp(join(tmpdir(), 'kinograd-')), 'clip.mp4')
 * const grey = (level: number) => new Uint8Array(16 * 16 * 3).fill(level)
 * await encodeVideo(path, [grey(0), grey(90), grey(180)], { width: 16, height: 16, fps: 10 })()
 * const decoder = nodeAv()
 * const indices = await F.pipe(
 *   decoder.probe(path),
 *   TE.flatMap(clip => sampleIndices(decoder, clip, atTimes([0.15]))),
 * )()
 * assert.deepEqual(indices, E.right([1]))
 * ```
 */
export const sampleIndices = (
  decoder: Decoder,
  clip: Clip,
  spec: FrameSampling,
  signal?: AbortSignal,
): TE.TaskEither<MediaFault, readonly number[]> => {
  if (clip.kind === 'image' || (spec.kind === 'fps' && clip.frameCount === 1)) return TE.right([0])
  switch (spec.kind) {
    case 'uniform':
    case 'fps':
      return TE.fromEither(
        F.pipe(
          frameCount(spec, clip.frameCount, rateOf(clip)),
          E.map(count => spaced(clip.frameCount, count)),
        ),
      )
    case 'at':
      return F.pipe(
        decoder.times(clip, signal),
        TE.map(times => indicesAt(spec.times, times)),
      )
    case 'adaptive':
      return F.pipe(
        decoder.activity(clip, signal),
        TE.flatMapEither(activity =>
          adaptiveIndices(activity, spec.atMost ? fewerEven(spec.budget, activity.length) : spec.budget),
        ),
      )
  }
}

/**
 * Takes the frames that a spec names. Holds those frames only. Errors are the decoder's, and `BadSampling` when a clip
 * has too few frames for the spec.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { mkdtemp } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { function as F, taskEither as TE } from 'fp-ts'
 * import { encodeVideo, nodeAv, sample, uniform } from 'kinograd/media'
 *
 * const path = join(await mkdtemp(join(tmpdir(), 'kinograd-')), 'clip.mp4')
 * const grey = (level: number) => new Uint8Array(16 * 16 * 3).fill(level)
 * await encodeVideo(path, [grey(0), grey(90), grey(180)], { width: 16, height: 16, fps: 10 })()
 * const decoder = nodeAv()
 * const frames = await F.pipe(
 *   decoder.probe(path),
 *   TE.flatMap(clip => sample(decoder, clip, uniform(2))),
 * )()
 * assert(frames._tag === 'Right')
 * assert.deepEqual([frames.right.count, frames.right.height, frames.right.width], [2, 16, 16])
 * ```
 */
export const sample = (
  decoder: Decoder,
  clip: Clip,
  spec: FrameSampling,
  signal?: AbortSignal,
): TE.TaskEither<MediaFault, Frames> =>
  F.pipe(
    sampleIndices(decoder, clip, spec, signal),
    TE.flatMap(indices => decoder.frames(clip, indices, signal)),
  )
