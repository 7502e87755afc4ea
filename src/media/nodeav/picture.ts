import { either as E } from 'fp-ts'
import type { AVPixelFormat, AVSampleFormat } from 'node-av/constants'
import { type ColourCodes, colourOf } from '../colour.ts'
import { matrixEntries } from '../display-matrix.ts'
import type { Picture } from '../picture.ts'
import { recordedH264 } from './announced.ts'
import type { Av } from './load.ts'
import type { Source } from './open.ts'
import { pictureH264 } from './size-h264.ts'
import type { Steps } from './steps.ts'

/** Sample entries of ISO media files for encrypted tracks: common encryption, and Apple's. */
const protections: ReadonlySet<string> = new Set(['encv', 'drmi'])

/** Video streams have pixel formats; −1 stands for one that is not known. */
const isPixelFormat = (format: AVPixelFormat | AVSampleFormat): format is AVPixelFormat => format >= 0

/** What FFmpeg knows of the pictures of a stream that it has analysed, or that its header tells, and how they are tagged. */
export const pictureOf = (
  av: Av,
  { stream }: Source,
  colour: ColourCodes,
  recorded?: ReturnType<typeof recordedPicture>,
): Picture => {
  const { codecpar, sampleAspectRatio } = stream
  const matrix = codecpar.getCodedSideData(av.AV_PKT_DATA_DISPLAYMATRIX)
  const tag = codecpar.codecTagString ?? ''
  // Matroska's way; the demuxer keeps the id of the key beside the stream.
  const keyId = stream.metadata?.get('enc_key_id')
  const ratios = [sampleAspectRatio, codecpar.sampleAspectRatio]
  const ratio = ratios.find(({ num, den }) => num > 0 && den > 0)
  return {
    width: codecpar.width,
    height: codecpar.height,
    pixelFormat:
      recorded?.pixelFormat ?? (isPixelFormat(codecpar.format) ? (av.avGetPixFmtName(codecpar.format) ?? '') : ''),
    colour: colourOf(colour),
    sampleAspectRatio: ratio === undefined ? recorded?.aspect || 1 : ratio.num / ratio.den,
    matrix: matrix === null ? undefined : matrixEntries(matrix),
    encrypted: protections.has(tag) ? tag : keyId ? 'ContentEncryption' : undefined,
  }
}

/**
 * What the parameter set in an MP4's header says of H.264 in 4:2:0, where it agrees with the container about the size: then
 * FFmpeg need not decode a picture to know how it looks.
 */
export const recordedPicture = (
  av: Av,
  { stream }: Source,
): { readonly pixelFormat: string; readonly aspect: number } | undefined => {
  const { codecId, extradata, width, height } = stream.codecpar
  const set = codecId === av.AV_CODEC_ID_H264 && extradata !== null ? recordedH264(extradata) : undefined
  const told = set === undefined ? undefined : pictureH264(set)
  return told?.width === width && told.height === height ? { pixelFormat: 'yuv 4:2:0', aspect: told.aspect } : undefined
}

/** Whether the first packet of a stream that was just opened comes encrypted (common encryption, ISO 23001-7). */
export function* isEncrypted(av: Av, { format, stream }: Source): Steps<boolean> {
  const packet = new av.Packet()
  packet.alloc()
  try {
    for (;;) {
      const read = yield { sync: () => format.readFrameSync(packet), async: () => format.readFrame(packet) }
      if (read < 0) return E.right(false)
      if (packet.streamIndex === stream.index)
        return E.right(packet.getSideData(av.AV_PKT_DATA_ENCRYPTION_INFO) !== null)
      packet.unref()
    }
  } finally {
    packet.free()
  }
}
