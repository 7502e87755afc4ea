import { either as E } from 'fp-ts'
import { fault } from '../flow/index.ts'
import { roundHalfEven } from './sampling.ts'
import type { MediaFault } from './types.ts'

/** What a size must satisfy: sides are multiples of `factor`, the area lies between the two. */
export interface SizeBounds {
  readonly factor: number
  readonly minPixels: number
  readonly maxPixels: number
}

const unit = 28 * 28

/**
 * Video-R1's bounds for clips in training: 128 units of 28×28, the upper bound as `perFrameMax` gives it
 * (`VIDEO_MIN_PIXELS`, `VIDEO_MAX_PIXELS` in `src/qwen-vl-utils/src/qwen_vl_utils/vision_process.py` of tulerfeng/Video-R1).
 */
export const videoR1Bounds: SizeBounds = { factor: 28, minPixels: 128 * unit, maxPixels: Math.trunc(1.05 * 128 * unit) }

/** Video-R1's bounds for images (`MIN_PIXELS`, `MAX_PIXELS` there). */
export const videoR1ImageBounds: SizeBounds = { factor: 28, minPixels: 4 * unit, maxPixels: 256 * unit }

/**
 * The most pixels of each of `count` frames (`fetch_video` there): the total shared out, never above `max`,
 * never below 1.05 × `min`.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { perFrameMax } from 'kinograd/media'
 *
 * const unit = 28 * 28
 * assert.equal(perFrameMax(16, 128 * unit, 128 * unit, 115_200 * unit), 105_369)
 * ```
 */
export const perFrameMax = (count: number, min: number, max: number, total: number): number =>
  Math.max(Math.min(max, (total / count) * 2), Math.trunc(1.05 * min))

/**
 * Height and width that keep the aspect ratio as well as multiples of `factor` allow, within the bounds:
 * `smart_resize` in `src/qwen-vl-utils/src/qwen_vl_utils/vision_process.py` of tulerfeng/Video-R1, its answer of 0 for slivers beyond
 * the upper bound included (`resize` refuses that). `BadSize` beyond a ratio of 200.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { smartResize, videoR1Bounds } from 'kinograd/media'
 *
 * assert.deepEqual(smartResize(720, 1280, videoR1Bounds), E.right([224, 420]))
 * ```
 */
export const smartResize = (
  height: number,
  width: number,
  { factor, minPixels, maxPixels }: SizeBounds,
): E.Either<MediaFault, readonly [height: number, width: number]> => {
  const ratio = Math.max(height, width) / Math.min(height, width)
  if (!(ratio <= 200))
    return E.left(
      fault(
        'BadSize',
        `${width}×${height} has an aspect ratio of ${ratio.toFixed(1)}, at most 200 is possible`,
        'Crop the picture.',
      ),
    )
  const near = (n: number) => Math.max(factor, roundHalfEven(n / factor) * factor)
  const [h, w] = [near(height), near(width)]
  if (h * w > maxPixels) {
    const beta = Math.sqrt((height * width) / maxPixels)
    const floor = (n: number) => Math.floor(n / beta / factor) * factor
    return E.right([floor(height), floor(width)])
  }
  if (h * w < minPixels) {
    const beta = Math.sqrt(minPixels / (height * width))
    const ceil = (n: number) => Math.ceil((n * beta) / factor) * factor
    return E.right([ceil(height), ceil(width)])
  }
  return E.right([h, w])
}
