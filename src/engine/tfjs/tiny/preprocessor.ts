import { qwenMean, qwenStd } from '../../../media/index.ts'
import type { Preprocessor } from '../../text/preprocessor.ts'

const bounds = { minPixels: 4 * 28 * 28, maxPixels: 16 * 28 * 28 } as const

/** Size bounds that suit a tiny model: a frame is 4 to 16 tokens. */
export const tinyPixels = { image: bounds, video: bounds } as const

/** How a tiny policy is made to see. */
export const tinyPreprocessor: Preprocessor = {
  pixels: tinyPixels,
  mean: qwenMean,
  std: qwenStd,
  vision: { patchSize: 14, temporalPatchSize: 2, mergeSize: 2 },
}
