import { either as E } from 'fp-ts'
import type { Frame } from 'node-av/lib'
import { fault } from '../../flow/index.ts'
import type { Av } from './load.ts'
import type { Steps } from './steps.ts'

/** Turns decoded pictures into packed RGB of one size, as swscale does by default (BT.601 unless tagged). */
export interface Converter {
  /** Bytes of the picture, valid until the next call. */
  readonly convert: (frame: Frame) => Steps<Uint8Array>
  readonly close: () => void
}

/** Gives the rows of a picture without the padding between them, in memory that is used again. */
const packer = (padded: Uint8Array, stride: number, row: number): (() => Uint8Array) => {
  if (stride === row) return () => padded
  const rows = Math.floor(padded.length / stride)
  const packed = new Uint8Array(rows * row)
  return () => {
    for (let y = 0; y < rows; y++) packed.set(padded.subarray(y * stride, y * stride + row), y * row)
    return packed
  }
}

/**
 * Leaves only the matrix and the range of a picture's colour tags. Told primaries, a transfer curve or a mastering
 * display, swscale would map them (through a table that takes seconds to build); PyAV, torchcodec and the ffmpeg
 * program do not.
 */
const forgetLight = (av: Av, frame: Frame): void => {
  frame.colorPrimaries = av.AVCOL_PRI_UNSPECIFIED
  frame.colorTrc = av.AVCOL_TRC_UNSPECIFIED
  frame.removeSideData(av.AV_FRAME_DATA_MASTERING_DISPLAY_METADATA)
  frame.removeSideData(av.AV_FRAME_DATA_CONTENT_LIGHT_LEVEL)
  frame.removeSideData(av.AV_FRAME_DATA_DYNAMIC_HDR_PLUS)
}

export const converter = (av: Av, width: number, height: number, kind: 'picture' | 'thumbnail'): Converter => {
  const scaler = new av.SoftwareScaleContext()
  scaler.allocContext()
  scaler.setOption('sws_flags', kind === 'picture' ? av.SWS_BICUBIC : av.SWS_AREA, av.AV_OPT_TYPE_FLAGS)
  const target = new av.Frame()
  target.alloc()
  target.width = width
  target.height = height
  target.format = av.AV_PIX_FMT_RGB24
  target.getBuffer()
  const pack = packer(target.data?.[0] ?? new Uint8Array(0), target.linesize[0] ?? 0, width * 3)
  return {
    *convert(frame) {
      // As ffmpeg 5–7 and torchcodec do: chroma is taken as centred, whatever the stream says of its place.
      frame.chromaLocation = av.AVCHROMA_LOC_UNSPECIFIED
      // As ffmpeg's scale filter does by default: both fields of an interlaced picture are scaled together.
      frame.clearFlags(av.AV_FRAME_FLAG_INTERLACED)
      forgetLight(av, frame)
      const code = yield {
        sync: () => scaler.scaleFrameSync(target, frame),
        async: () => scaler.scaleFrame(target, frame),
      }
      return code < 0
        ? E.left(
            fault(
              'Undecodable',
              `a picture cannot be converted: ${av.FFmpegError.strerror(code)}`,
              'Re-encode the clip.',
            ),
          )
        : E.right(pack())
    },
    close: () => {
      scaler.freeContext()
      target.free()
    },
  }
}
