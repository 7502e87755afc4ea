import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { adaptiveIndices } from './adaptive.ts'
import { type FrameSampling, frameCount, indicesAt, spaced } from './sampling.ts'
import type { Clip, Decoder, Frames, MediaFault } from './types.ts'

/** Indices of the frames that a spec takes of a clip, ascending. `at` asks for times, `adaptive` decodes the clip once. */
export const sampleIndices = (
  decoder: Decoder,
  clip: Clip,
  spec: FrameSampling,
  signal?: AbortSignal,
): TE.TaskEither<MediaFault, readonly number[]> => {
  switch (spec.kind) {
    case 'uniform':
    case 'fps':
      return TE.fromEither(
        F.pipe(
          frameCount(spec, clip.frameCount, clip.fps),
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
        TE.flatMapEither(activity => adaptiveIndices(activity, spec.budget)),
      )
  }
}

/**
 * Takes the frames that a spec names. Holds those frames only. Errors are the decoder's, and `BadSampling` when a clip
 * has too few frames for the spec.
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
