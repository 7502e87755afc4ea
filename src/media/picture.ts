import { either as E } from 'fp-ts'
import { fault } from '../flow/index.ts'
import { type Colour, isConvertible } from './colour.ts'
import type { DecoderSettings } from './decoder.ts'
import type { PlainFile } from './file.ts'
import { type Orientation, orientationOf, turnsAside, upright } from './orientation.ts'
import type { Clip, MediaFault } from './types.ts'

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
  { limits, pixelShape }: Pick<DecoderSettings, 'limits' | 'pixelShape'>,
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

/** The fault of pictures that are larger than allowed. */
export const tooManyPixels = (
  path: string,
  { width, height }: { readonly width: number; readonly height: number },
  limit: number,
): MediaFault =>
  fault(
    'TooLarge',
    `${path} has pictures of ${width}×${height} = ${width * height} pixels, the limit is ${limit}`,
    'Raise limits.pixels if you trust the file.',
  )

/** The fault of a picture whose size is not the clip's. */
export const sizeChange = (
  path: string,
  { stored }: Layout,
  found: { readonly width: number; readonly height: number },
  when: string,
): MediaFault =>
  fault(
    'SizeChange',
    `${path}: the picture ${when} is stored in ${found.width}×${found.height}, the first in ${stored.width}×${stored.height}`,
    "Take such pictures scaled to the first size with onSizeChange: 'scale', sample elsewhere, or cut the clip there.",
  )

/** What a clip tells of its pictures, and of the stream that was asked for. */
export const pictureFacts = (
  { videoStream }: Pick<PlainFile, 'videoStream'>,
  { colour, sampleAspectRatio }: Picture,
  { orientation, width, height }: Layout,
): PictureFacts => {
  const { primaries, transfer, matrix, range } = colour
  return {
    ...(turnsAside(orientation) ? { width: height, height: width } : { width, height }),
    rotation: orientation.rotation,
    ...(orientation.mirrored ? { mirrored: true } : {}),
    ...(primaries === undefined ? {} : { primaries }),
    ...(transfer === undefined ? {} : { transfer }),
    ...(matrix === undefined ? {} : { matrix }),
    ...(range === undefined ? {} : { range }),
    ...(sampleAspectRatio === 1 ? {} : { sampleAspectRatio }),
    ...(videoStream === undefined ? {} : { videoStream }),
  }
}

type PictureFacts = Pick<
  Clip,
  | 'width'
  | 'height'
  | 'rotation'
  | 'mirrored'
  | 'primaries'
  | 'transfer'
  | 'matrix'
  | 'range'
  | 'sampleAspectRatio'
  | 'videoStream'
>
