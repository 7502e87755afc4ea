import type { PlainFile } from './file.ts'
import { turnsAside } from './orientation.ts'
import type { Layout, Picture } from './picture.ts'
import type { Clip } from './types.ts'

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
