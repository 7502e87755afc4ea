import { either as E } from 'fp-ts'
import { fault } from '../flow/index.ts'
import { type Colour, isConvertible } from './colour.ts'
import { orientationOf } from './display-matrix.ts'
import type { Limits } from './limits.ts'
import { type Orientation, upright } from './orientation.ts'
import { tooManyPixels } from './picture-faults.ts'
import type { MediaFault, PixelShape } from './types.ts'

/** What a file tells of the pictures of a stream before one is decoded for its pixels. */
export interface Picture {
  /** Size as stored. */
  readonly width: number
  readonly height: number
  /** FFmpeg's name; empty where it is not known. */
  readonly pixelFormat: string
  readonly colour: Colour
  /** Width of a pixel over its height; 1 where it is not told. */
  readonly sampleAspectRatio: number
  /** Nine entries; undefined without one. */
  readonly matrix: readonly number[] | undefined
  /** The name of the encryption, where the stream is encrypted. */
  readonly encrypted: string | undefined
}

/** How decoded pictures become frames. */
export interface Layout {
  /** Size as stored, to know pictures of another size by. */
  readonly stored: { readonly width: number; readonly height: number }
  /** Size that pictures are scaled to before they are turned; another than the stored one only for square pixels. */
  readonly width: number
  readonly height: number
  readonly orientation: Orientation
}

/** Makes pixels square by making the picture larger along the side that is shown too short. */
const squared = ({ width, height, sampleAspectRatio: ratio }: Picture) =>
  ratio >= 1 ? { width: Math.round(width * ratio), height } : { width, height: Math.round(height / ratio) }

/**
 * The layout of a file's pictures. Faults: `Undecodable` (encrypted, a matrix of colours that cannot be converted, a
 * display matrix that is neither a turn by right angles nor a mirror), `TooLarge`.
 */
export const layoutOf = (
  path: string,
  picture: Picture,
  { limits, pixelShape }: { readonly limits: Pick<Limits, 'pixels'>; readonly pixelShape: PixelShape },
): E.Either<MediaFault, Layout> => {
  const { width, height, matrix, colour, encrypted, pixelFormat } = picture
  if (encrypted !== undefined)
    return E.left(
      fault(
        'Undecodable',
        `${path}: its video is encrypted (${encrypted})`,
        'Get a copy of the clip without protection.',
      ),
    )
  if (!isConvertible(colour, pixelFormat))
    return E.left(
      fault(
        'Undecodable',
        `${path}: its colours are tagged ${colour.matrix} on ${pixelFormat}, which cannot be converted to RGB`,
        'Re-encode the clip with the matrix of BT.709 or BT.2020, or correct the tag.',
      ),
    )
  const orientation = matrix === undefined ? upright : orientationOf(matrix)
  if (orientation === undefined)
    return E.left(
      fault(
        'Undecodable',
        `${path}: its display matrix [${matrix?.join(' ')}] is neither a turn by right angles nor a mirror`,
        'Re-encode the clip upright.',
      ),
    )
  const size = pixelShape === 'square' ? squared(picture) : { width, height }
  const large = [picture, size].find(side => side.width * side.height > limits.pixels)
  return large === undefined
    ? E.right({ stored: { width, height }, ...size, orientation })
    : E.left(tooManyPixels(path, large, limits.pixels))
}
