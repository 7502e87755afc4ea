import { rmSync } from 'node:fs'
import type { AVColorPrimaries, AVColorRange, AVColorSpace, AVColorTransferCharacteristic } from 'node-av/constants'
import * as constants from 'node-av/constants'
import * as lib from 'node-av/lib'
import { numbered } from './scene.ts'

const { CodecContext, Codec, FormatContext, Frame, Log, Packet, Rational, SoftwareScaleContext } = lib
Log.setLevel(constants.AV_LOG_QUIET)

/** Numbered pictures of one size, and how they are coded. */
export interface Part {
  readonly width: number
  readonly height: number
  readonly count: number
}

const encoders = {
  libx264: constants.FF_ENCODER_LIBX264,
  libx265: constants.FF_ENCODER_LIBX265,
  mpeg4: constants.FF_ENCODER_MPEG4,
  mjpeg: constants.FF_ENCODER_MJPEG,
  vp9: constants.FF_ENCODER_LIBVPX_VP9,
}

/** How a stream is coded and described. Its parts follow each other; the file is described by the first. */
export interface StreamOptions {
  readonly parts: readonly Part[]
  readonly codec?: keyof typeof encoders
  readonly pixelFormat?: lib.Frame['format']
  readonly gop?: number
  readonly colour?: {
    readonly primaries?: AVColorPrimaries
    readonly transfer?: AVColorTransferCharacteristic
    readonly matrix?: AVColorSpace
    readonly range?: AVColorRange
  }
  /** Nine entries. */
  readonly displayMatrix?: readonly number[]
  readonly sampleAspectRatio?: readonly [number, number]
  /** Parameters of x264 or x265, `name=value:…`. */
  readonly params?: string
  readonly cover?: boolean
  /** Number of the first picture. */
  readonly first?: number
}

const rate = 10

const must = (code: number, what: string): number => {
  if (code < 0) throw new Error(`${what}: ${lib.FFmpegError.strerror(code)}`)
  return code
}

const encoderOf = (options: StreamOptions, { width, height }: Part, globalHeader: boolean): lib.CodecContext => {
  const { codec = 'libx264', colour = {}, gop = 5, params, sampleAspectRatio } = options
  const found = Codec.findEncoderByName(encoders[codec])
  if (found === null) throw new Error(`no ${codec} here`)
  const context = new CodecContext()
  context.allocContext3(found)
  Object.assign(context, {
    width,
    height,
    pixelFormat: options.pixelFormat ?? constants.AV_PIX_FMT_YUV420P,
    timeBase: new Rational(1, rate),
    framerate: new Rational(rate, 1),
    gopSize: gop,
    threadCount: 1,
    colorPrimaries: colour.primaries ?? constants.AVCOL_PRI_UNSPECIFIED,
    colorTrc: colour.transfer ?? constants.AVCOL_TRC_UNSPECIFIED,
    colorSpace: colour.matrix ?? constants.AVCOL_SPC_UNSPECIFIED,
    colorRange: colour.range ?? constants.AVCOL_RANGE_UNSPECIFIED,
    ...(sampleAspectRatio === undefined ? {} : { sampleAspectRatio: new Rational(...sampleAspectRatio) }),
  })
  if (globalHeader) context.setFlags(constants.AV_CODEC_FLAG_GLOBAL_HEADER)
  const set = (name: string, value: string) =>
    context.setOption(name, value, constants.AV_OPT_TYPE_STRING, constants.AV_OPT_SEARCH_CHILDREN)
  if (codec === 'libx264') set('preset', 'ultrafast')
  if (codec === 'libx264' && params !== undefined) set('x264-params', params)
  if (codec === 'libx265') set('x265-params', `log-level=none${params === undefined ? '' : `:${params}`}`)
  must(context.open2Sync(found), `opening ${codec}`)
  return context
}

/** Encodes the numbered pictures of a part; gives its packets in order of decoding. */
function* packetsOf(context: lib.CodecContext, { width, height, count }: Part, from: number, first: number) {
  const scaler = new SoftwareScaleContext()
  const packet = new Packet()
  packet.alloc()
  const format = context.pixelFormat
  scaler.getContext(width, height, constants.AV_PIX_FMT_RGB24, width, height, format, constants.SWS_BICUBIC)
  for (let i = 0; i <= count; i++) {
    if (i < count) {
      const rgb = Buffer.from(numbered(first + from + i, width, height))
      const input = Frame.fromVideoBuffer(rgb, { width, height, format: constants.AV_PIX_FMT_RGB24 })
      const picture = new Frame()
      picture.alloc()
      Object.assign(picture, { width, height, format })
      must(picture.getBuffer(), 'room for a picture')
      must(scaler.scaleFrameSync(picture, input), 'converting')
      picture.pts = BigInt(from + i)
      must(context.sendFrameSync(picture), 'encoding')
      input.free()
      picture.free()
    } else must(context.sendFrameSync(null), 'finishing')
    while (context.receivePacketSync(packet) >= 0) {
      yield packet
      packet.unref()
    }
  }
  packet.free()
  scaler.freeContext()
}

/** Writes a file with streams of numbered pictures, ten a second, with the encoders inside node-av. */
export const writeStreams = (
  path: string,
  streams: readonly StreamOptions[],
  muxer: string | null = null,
  muxing: Readonly<Record<string, string>> = {},
): string => {
  rmSync(path, { force: true })
  const format = new FormatContext()
  must(format.allocOutputContext2(null, muxer, `file:${path}`), 'making the file')
  for (const [name, value] of Object.entries(muxing))
    must(
      format.setOption(name, value, constants.AV_OPT_TYPE_STRING, constants.AV_OPT_SEARCH_CHILDREN),
      `setting ${name}`,
    )
  const globalHeader = /\.(mp4|mov|mkv|flv|m4a)$/.test(path)
  const made = streams.map(options => {
    const [part] = options.parts
    if (part === undefined) throw new Error('a stream has no part')
    const context = encoderOf(options, part, globalHeader)
    const stream = format.newStream(null)
    stream.timeBase = context.timeBase
    stream.avgFrameRate = context.framerate
    must(context.parametersFromContext(stream.codecpar), 'describing the stream')
    stream.sampleAspectRatio = context.sampleAspectRatio
    if (options.cover) stream.disposition = constants.AV_DISPOSITION_ATTACHED_PIC
    if (options.displayMatrix !== undefined) {
      const matrix = Buffer.alloc(36)
      for (const [i, entry] of options.displayMatrix.entries()) matrix.writeInt32LE(entry, 4 * i)
      stream.codecpar.addCodedSideData(constants.AV_PKT_DATA_DISPLAYMATRIX, matrix)
    }
    return { options, stream, context }
  })
  must(format.openOutputSync(), 'opening the file')
  must(format.writeHeaderSync(null), 'writing the header')
  for (const { options, stream, context } of made) {
    let from = 0
    for (const part of options.parts) {
      const encoder = from === 0 ? context : encoderOf(options, part, globalHeader)
      for (const packet of packetsOf(encoder, part, from, options.first ?? 0)) {
        packet.streamIndex = stream.index
        packet.duration = 1n
        packet.rescaleTs(encoder.timeBase, stream.timeBase)
        must(format.interleavedWriteFrameSync(packet), 'writing a packet')
      }
      from += part.count
      if (encoder !== context) encoder.freeContext()
    }
  }
  must(format.writeTrailerSync(), 'finishing the file')
  format.closeOutputSync()
  format.freeContext()
  for (const { context } of made) context.freeContext()
  return path
}
