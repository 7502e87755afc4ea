import { either as E, function as F } from 'fp-ts'
import type { ColourCodes } from '../colour.ts'
import type { Limits } from '../limits.ts'
import { recordedH264 } from './announced.ts'
import { codecOf } from './codec.ts'
import type { Av } from './load.ts'
import type { Source } from './open.ts'
import { colourH264 } from './size-h264.ts'
import type { Steps } from './steps.ts'

/**
 * How the pictures of a stream will be tagged. Where a container says so too, FFmpeg describes the stream by the container's
 * word and converts pictures by the stream's own: the parameter sets of H.264 and HEVC win over it.
 */
export function* coloursOf(av: Av, source: Source, limits: Limits): Steps<ColourCodes> {
  const { codecpar } = source.stream
  const { codecId, extradata } = codecpar
  const told: ColourCodes = {
    primaries: codecpar.colorPrimaries,
    transfer: codecpar.colorTrc,
    matrix: codecpar.colorSpace,
    range: codecpar.colorRange,
  }
  if (codecId === av.AV_CODEC_ID_H264) {
    const set = extradata === null ? undefined : recordedH264(extradata)
    return E.right(set === undefined ? told : { ...told, ...colourH264(set) })
  }
  // The decoder of HEVC reads the parameter sets when it is opened.
  if (codecId !== av.AV_CODEC_ID_HEVC) return E.right(told)
  return F.pipe(
    yield* codecOf(av, source, limits, 1),
    E.map(context => {
      const { colorPrimaries: primaries, colorTrc: transfer, colorSpace: matrix, colorRange: range } = context
      context.freeContext()
      return { primaries, transfer, matrix, range }
    }),
  )
}
