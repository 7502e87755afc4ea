import { either as E, function as F } from 'fp-ts'
import {
  type Frames,
  type MediaFault,
  type Patches,
  patches,
  perFrameMax,
  resize,
  secondsPerGrid,
  smartResize,
  videoR1Bounds,
  videoR1ImageBounds,
} from '../../media/index.ts'
import type { EngineFault } from '../engine.ts'
import { badSize, checkBounds, checkBytes, checkFrames, checkKind } from './check-medium.ts'
import { keepPatches } from './kept-patches.ts'
import type { Medium, PatchSizes, PixelBounds, VideoMedium, VisionOptions } from './medium.ts'

/** Why a medium could not be read into a prompt. */
export type PromptFault = EngineFault | MediaFault

const qwenSizes: PatchSizes = { patchSize: 14, temporalPatchSize: 2, mergeSize: 2 }

/** Without Video-R1's factor: that follows from the model's own sizes. */
const defaultPixels = {
  image: { minPixels: videoR1ImageBounds.minPixels, maxPixels: videoR1ImageBounds.maxPixels },
  video: { minPixels: videoR1Bounds.minPixels, maxPixels: videoR1Bounds.maxPixels },
} as const

/** Seconds of a video between two temporal patches: as stated, by its clip, or by the mean distance of its frames' times. */
const secondsOf = (
  { frames: { count, times }, clip, secondsPerGrid: stated }: VideoMedium,
  temporal: number,
  timing: 'clip' | 'times',
): E.Either<MediaFault, number> => {
  const byTimes = () => (temporal * ((times.at(-1) ?? Number.NaN) - (times[0] ?? Number.NaN))) / (count - 1)
  const seconds =
    stated ?? (clip !== undefined && timing === 'clip' ? secondsPerGrid(clip, count, temporal) : byTimes())
  if (seconds > 0 && seconds < Number.POSITIVE_INFINITY) return E.right(seconds)
  const known = clip === undefined ? 'no clip' : `a clip of ${clip.frameCount} frames at ${clip.fps} fps`
  return badSize(
    `temporal patches are ${seconds} seconds apart: ${count} frames at times [${times.slice(0, 4).join(', ')}], ${known}`,
    'Give the clip that the frames are from, frames with ascending times, or secondsPerGrid.',
  )
}

/** The size that `smartResize` of qwen_vl_utils gives the frames within the bounds of their kind. */
const sizeOf = (
  kind: Medium['kind'],
  { count, height, width }: Frames,
  { patchSize, mergeSize }: PatchSizes,
  given: PixelBounds = defaultPixels[kind],
): E.Either<MediaFault, readonly [height: number, width: number]> => {
  const unit = patchSize * mergeSize
  const { minPixels, maxPixels: most, totalPixels, factor = unit } = given
  const maxPixels = totalPixels === undefined ? most : perFrameMax(count, minPixels, most, totalPixels)
  const bounds = { minPixels, maxPixels, factor }
  return F.pipe(
    checkBounds(kind, bounds, unit),
    E.flatMap(() => smartResize(height, width, bounds)),
  )
}

/**
 * Turns a picture or a clip into what the vision tower reads: `smartResize`, `resize`, `patches`, as qwen_vl_utils and the image
 * processor of transformers do one after the other; a sliver of which a side would vanish is refused, where later versions of both keep
 * one unit and exceed the bound. Holds the resized frames and the patches. `Left`: no frames, an image of several,
 * an unknown kind, bounds that no size fits, patches beyond 4 GiB, a clip that does not say how far apart its frames are.
 */
export const mediumPatches = (options: VisionOptions): ((medium: Medium) => E.Either<PromptFault, Patches>) => {
  const { pixels = {}, mean, std, resizing, vision = qwenSizes, timing = 'clip', keep } = options
  const { patchSize: patch, temporalPatchSize: temporal, mergeSize: merge } = vision
  const look = {
    patch,
    temporal,
    merge,
    ...(mean === undefined ? {} : { mean }),
    ...(std === undefined ? {} : { std }),
  }
  const cut = (medium: Medium): E.Either<PromptFault, Patches> =>
    F.pipe(
      E.Do,
      E.bindW('frames', () => checkFrames(medium)),
      E.bindW('size', ({ frames }) => sizeOf(medium.kind, frames, vision, pixels[medium.kind])),
      E.tap(({ frames, size }) => checkBytes(frames.count, size, vision)),
      E.bindW('seconds', () => (medium.kind === 'image' ? E.right(1) : secondsOf(medium, temporal, timing))),
      E.bindW('resized', ({ frames, size: [height, width] }) => resize(frames, height, width, resizing)),
      E.flatMap(({ resized, seconds }) => patches(resized, { ...look, secondsPerGrid: seconds, kind: medium.kind })),
    )
  const keeping = keep === undefined ? undefined : keepPatches(keep)
  return medium =>
    E.flatMap(
      (): E.Either<PromptFault, Patches> =>
        keeping === undefined || medium.kind === 'image' ? cut(medium) : keeping(medium, () => cut(medium)),
    )(checkKind(medium))
}
