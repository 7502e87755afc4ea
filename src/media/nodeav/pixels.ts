import { either as E } from 'fp-ts'
import type { Frame } from 'node-av/lib'
import { fault } from '../../flow/index.ts'
import type { Av } from './load.ts'
import type { Steps } from './steps.ts'

/** Turns decoded pictures into packed bytes of one size and format, as swscale does by default (BT.601 unless tagged). */
export interface Converter {
  /** Bytes of the picture, valid until the next call. */
  readonly convert: (frame: Frame) => Steps<Uint8Array>
  readonly close: () => void
}

export const converter = (av: Av, width: number, height: number, kind: 'rgb' | 'luma'): Converter => {
  const scaler = new av.SoftwareScaleContext()
  scaler.allocContext()
  scaler.setOption('sws_flags', kind === 'rgb' ? av.SWS_BICUBIC : av.SWS_AREA, av.AV_OPT_TYPE_FLAGS)
  const target = new av.Frame()
  target.alloc()
  target.width = width
  target.height = height
  target.format = kind === 'rgb' ? av.AV_PIX_FMT_RGB24 : av.AV_PIX_FMT_GRAY8
  target.getBuffer()
  return {
    *convert(frame) {
      // As ffmpeg 5–7 and torchcodec do: chroma is taken as centred, whatever the stream says of its place.
      frame.chromaLocation = av.AVCHROMA_LOC_UNSPECIFIED
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
        : E.right(target.toBuffer())
    },
    close: () => {
      scaler.freeContext()
      target.free()
    },
  }
}
