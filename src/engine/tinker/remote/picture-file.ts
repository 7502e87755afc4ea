import { either as E } from 'fp-ts'
import { fault, messageOf } from '../../../flow/index.ts'
import { type Patches, qwenMean, qwenStd } from '../../../media/index.ts'
import type { EngineFault } from '../../engine.ts'

/** Side of a merged unit in patches, and frames in a patch. */
const [merge, temporal] = [2, 2]

/** The pixels that patches of a picture were cut from, red, green, blue: exact, as each was a byte. */
const pixelsOf = ({ values, grid: [, h, w] }: Patches) => {
  const side = Math.round(Math.sqrt(values.length / (h * w * 3 * temporal)))
  const [height, width] = [h * side, w * side]
  const data = new Uint8Array(height * width * 3)
  let at = 0
  for (let block = 0; block < (h * w) / merge ** 2; block++)
    for (let inner = 0; inner < merge ** 2; inner++) {
      const blockRow = Math.floor(block / (w / merge))
      const y0 = (blockRow * merge + Math.floor(inner / merge)) * side
      const x0 = ((block - (blockRow * w) / merge) * merge + (inner % merge)) * side
      for (let c = 0; c < 3; c++, at += (temporal - 1) * side ** 2)
        for (let y = 0; y < side; y++)
          for (let x = 0; x < side; x++, at++) {
            const byte = Math.round(255 * (values[at]! * qwenStd[c]! + qwenMean[c]!))
            data[((y0 + y) * width + x0 + x) * 3 + c] = Math.min(Math.max(byte, 0), 255)
          }
    }
  return { data, height, width }
}

/**
 * A picture as a PNG file, of patches that were cut with the mean and deviation of Qwen2.5-VL. A server's own processor cuts it into
 * the same patches where its size bounds let the picture be as it is. Left: `CannotDo` for a clip, and for what is no pixels.
 */
export const pictureFile = async (medium: Patches): Promise<E.Either<EngineFault, Uint8Array>> => {
  if (medium.kind === 'video')
    return E.left(
      fault(
        'CannotDo',
        `the server takes pictures, and the prompt has a clip of grid ${medium.grid.join('×')}`,
        'Give the prompt through clipAsPictures, here and wherever else it is used.',
      ),
    )
  const { data, height, width } = pixelsOf(medium)
  try {
    const { default: sharp } = await import('sharp')
    return E.right(
      new Uint8Array(
        await sharp(data, { raw: { width, height, channels: 3 } })
          .png()
          .toBuffer(),
      ),
    )
  } catch (error) {
    return E.left(
      fault('CannotDo', `a picture of ${width}×${height} cannot be written: ${messageOf(error)}`, 'Check the medium.'),
    )
  }
}
