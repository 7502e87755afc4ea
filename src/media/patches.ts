import { either as E } from 'fp-ts'
import { fault } from '../flow/index.ts'
import { rateOf } from './clip.ts'
import type { Clip, Frames, MediaFault, Patches } from './types.ts'

/** Mean of the pixels that Qwen2.5-VL was trained with, red, green, blue (`image_mean` in its `preprocessor_config.json`). */
export const qwenMean: readonly [number, number, number] = [0.48145466, 0.4578275, 0.40821073]
/** Standard deviation of the pixels that Qwen2.5-VL was trained with (`image_std` there). */
export const qwenStd: readonly [number, number, number] = [0.26862954, 0.26130258, 0.27577711]

/** How frames are cut. The defaults are Qwen2.5-VL's. */
export interface PatchOptions {
  /** Seconds between two temporal patches; 1 for an image. */
  readonly secondsPerGrid: number
  readonly kind?: 'image' | 'video'
  readonly mean?: readonly [number, number, number]
  readonly std?: readonly [number, number, number]
  /** Side of a patch in pixels; 14. */
  readonly patch?: number
  /** Frames of a patch; 2. */
  readonly temporal?: number
  /** Patches along each side of a merge block; 2. */
  readonly merge?: number
}

/**
 * Seconds between two temporal patches of `count` frames spread over a clip: temporal / (count / total · rate), with the rate
 * that `rateOf` chooses.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { secondsPerGrid } from 'kinograd/media'
 *
 * // 16 of 300 frames at 30 a second: 1.6 frames a second, two of them a patch.
 * assert.equal(secondsPerGrid({ frameCount: 300, fps: 30 }, 16), 1.25)
 * ```
 */
export const secondsPerGrid = (
  clip: Pick<Clip, 'frameCount' | 'fps' | 'measuredFps'>,
  count: number,
  temporal = 2,
): number => temporal / ((count / clip.frameCount) * rateOf(clip))

/** (value / 255 − mean) / std in single precision for every byte: [3, 256]. */
const table = (mean: readonly number[], std: readonly number[]): Float32Array =>
  Float32Array.from({ length: 768 }, (_, i) => {
    const channel = i >> 8
    const scaled = Math.fround(Math.fround(i & 255) / 255)
    return Math.fround(scaled - Math.fround(mean[channel] ?? 0)) / Math.fround(std[channel] ?? 1)
  })

/**
 * Normalises frames and cuts them into the rows that the vision tower of Qwen2.5-VL reads: a row is one patch
 * (channel, time, y, x), rows go by time, merge-block row, merge-block column, then the patches inside the block
 * (`pixel_values` of `Qwen2VLImageProcessor` in transformers, `models/qwen2_vl/image_processing_qwen2_vl.py`). A frame count that `temporal` does not divide repeats the last frame; an
 * image is repeated likewise. Holds the result only. `BadSize` when sides are no multiples of patch · merge.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { patches } from 'kinograd/media'
 *
 * const frames = { data: new Uint8Array(2 * 28 * 56 * 3), count: 2, height: 28, width: 56, times: [0, 0.5] }
 * const cut = patches(frames, { secondsPerGrid: 1 })
 * assert(cut._tag === 'Right')
 * assert.deepEqual(cut.right.grid, [1, 2, 4])
 * assert.equal(cut.right.values.length, 1 * 2 * 4 * 3 * 2 * 14 * 14)
 * ```
 */
export const patches = (frames: Frames, options: PatchOptions): E.Either<MediaFault, Patches> => {
  const { mean = qwenMean, std = qwenStd, patch = 14, temporal = 2, merge = 2, kind = 'video' } = options
  const { count, height, width, data } = frames
  const side = patch * merge
  if (count < 1 || height < 1 || width < 1 || height % side !== 0 || width % side !== 0)
    return E.left(
      fault(
        'BadSize',
        `${count} frames of ${width}×${height} cannot be cut into blocks of ${side}×${side}`,
        'Resize to what smartResize gives.',
      ),
    )
  const [t, h, w] = [Math.ceil(count / temporal), height / patch, width / patch]
  const norm = table(mean, std)
  const values = new Float32Array(t * h * w * 3 * temporal * patch * patch)
  let to = 0
  for (let gt = 0; gt < t; gt++)
    for (let block = 0; block < (h / merge) * (w / merge); block++)
      for (let inner = 0; inner < merge * merge; inner++) {
        const blockRow = Math.floor(block / (w / merge))
        const y0 = (blockRow * merge + Math.floor(inner / merge)) * patch
        const x0 = ((block - blockRow * (w / merge)) * merge + (inner % merge)) * patch
        for (let c = 0; c < 3; c++)
          for (let dt = 0; dt < temporal; dt++) {
            const frame = Math.min(gt * temporal + dt, count - 1)
            for (let y = 0; y < patch; y++) {
              let from = ((frame * height + y0 + y) * width + x0) * 3 + c
              for (let x = 0; x < patch; x++, from += 3) values[to++] = norm[(c << 8) | data[from]!]!
            }
          }
      }
  return E.right({ values, grid: [t, h, w], secondsPerGrid: options.secondsPerGrid, kind })
}
