import type { AVColorPrimaries, AVColorSpace, AVColorTransferCharacteristic } from 'node-av/constants'
import type { CodecContext, CodecParameters, Frame } from 'node-av/lib'
import { av, encoderNamed, must } from './av.ts'
import { drawBars } from './bars.ts'
import { type Coding, toYuv } from './yuv.ts'

/** One encoded picture; times in units of the track's time base. */
export interface Sample {
  readonly data: Buffer
  readonly pts: number
  readonly dts: number
  readonly key: boolean
  /** Palette that comes with it: 256 entries of blue, green, red and alpha. */
  readonly palette?: Buffer
  readonly duration?: number
}

/** Encoded pictures in decode order and what a container must know of them. */
export interface Track {
  readonly parameters: CodecParameters
  readonly samples: readonly Sample[]
  /** Seconds per unit as a fraction. */
  readonly base: readonly [num: number, den: number]
  /** Pictures a second that the container is told; 0 for sound. */
  readonly fps: number
}

/** How pictures are laid out for the encoder. */
export type Layout = Coding | 'rgb24' | 'gbrp' | 'pal8'

/** What is drawn, and how it is encoded. */
export interface Encoding {
  /** FFmpeg's name of the encoder; libx264 unless given. */
  readonly encoder?: string
  /** Pictures; 60 unless given. */
  readonly count?: number
  /** The number drawn in the first one; 0 unless given. */
  readonly first?: number
  readonly width?: number
  readonly height?: number
  readonly fps?: number
  readonly gop?: number
  readonly bFrames?: number
  readonly layout?: Layout
  /** Colour tags of the stream. */
  readonly tags?: {
    readonly primaries: AVColorPrimaries
    readonly transfer: AVColorTransferCharacteristic
    readonly matrix: AVColorSpace
  }
  /** Sample aspect ratio. */
  readonly aspect?: readonly [num: number, den: number]
  /** Options of the encoder by FFmpeg's names. */
  readonly options?: Readonly<Record<string, string>>
  /** Headers stand in the container alone (MP4, Matroska) unless false. */
  readonly global?: boolean
  /** With `pal8`: the colour of light bars in picture n; white unless given. */
  readonly light?: (picture: number) => readonly [red: number, green: number, blue: number]
}

const limited: Coding = { matrix: 'bt601', range: 'limited', bits: 8, chroma: '420' }

/** Options that keep what was drawn: flat colours come back within a few levels. */
const usual: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  libx264: { preset: 'veryfast', crf: '12', 'x264-params': 'b-adapt=0:scenecut=0' },
  libx264rgb: { preset: 'veryfast', crf: '12' },
  libx265: {
    preset: 'veryfast',
    crf: '12',
    'x265-params': 'log-level=none:b-adapt=0:scenecut=0:pools=none:frame-threads=1',
  },
  libvpx: { crf: '8', b: '2000000', deadline: 'good', 'cpu-used': '5' },
  'libvpx-vp9': { crf: '15', b: '0', deadline: 'realtime', 'cpu-used': '7' },
  libsvtav1: { preset: '10', crf: '8' },
}

const pixelFormat = (layout: Layout) => {
  if (layout === 'rgb24') return av.AV_PIX_FMT_RGB24
  if (layout === 'gbrp') return av.AV_PIX_FMT_GBRP
  if (layout === 'pal8') return av.AV_PIX_FMT_PAL8
  if (layout.bits === 10) return layout.chroma === '422' ? av.AV_PIX_FMT_YUV422P10LE : av.AV_PIX_FMT_YUV420P10LE
  if (layout.chroma === '444') return av.AV_PIX_FMT_YUV444P
  return layout.range === 'full' ? av.AV_PIX_FMT_YUVJ420P : av.AV_PIX_FMT_YUV420P
}

/** The palette of `pal8` pictures: 0 dark, 1 light, 2 ground, 3 box; the others black. */
export const paletteOf = (light: readonly [number, number, number] = [220, 220, 220]): Buffer => {
  const out = Buffer.alloc(1024)
  const colours = [[40, 40, 40], light, [90, 90, 90], [200, 60, 30]]
  for (const [i, [red = 0, green = 0, blue = 0]] of colours.entries()) out.set([blue, green, red, 255], 4 * i)
  for (let i = colours.length; i < 256; i++) out[4 * i + 3] = 255
  return out
}

const indexed = (rgb: Uint8Array): Buffer =>
  Buffer.from(Array.from({ length: rgb.length / 3 }, (_, i) => [40, 220, 90, 60].indexOf(rgb[3 * i + 1]!)))

const planes = (rgb: Uint8Array): Buffer =>
  Buffer.concat([1, 2, 0].map(channel => Buffer.from(rgb.filter((_, i) => i % 3 === channel))))

const laidOut = (number: number, picture: number, encoding: Encoding, layout: Layout): Buffer => {
  const { width = 160, height = 96, light } = encoding
  const rgb = drawBars(number, width, height)
  if (layout === 'rgb24') return Buffer.from(rgb)
  if (layout === 'gbrp') return planes(rgb)
  if (layout === 'pal8') return Buffer.concat([indexed(rgb), paletteOf(light?.(picture))])
  return toYuv(rgb, width, height, layout)
}

const opened = (encoding: Encoding, layout: Layout): CodecContext => {
  const { encoder = 'libx264', width = 160, height = 96, fps = 25, tags } = encoding
  const codec = encoderNamed(encoder)
  const context = new av.CodecContext()
  context.allocContext3(codec)
  context.width = width
  context.height = height
  context.pixelFormat = pixelFormat(layout)
  context.timeBase = new av.Rational(1, fps)
  context.framerate = new av.Rational(fps, 1)
  context.gopSize = encoding.gop ?? 12
  context.maxBFrames = encoding.bFrames ?? 0
  // One thread and no version strings: the same pictures give the same bytes.
  context.threadCount = 1
  context.setFlags(av.AV_CODEC_FLAG_BITEXACT)
  if (encoding.global ?? true) context.setFlags(av.AV_CODEC_FLAG_GLOBAL_HEADER)
  if (typeof layout !== 'string')
    context.colorRange = layout.range === 'full' ? av.AVCOL_RANGE_JPEG : av.AVCOL_RANGE_MPEG
  if (tags !== undefined) {
    context.colorPrimaries = tags.primaries
    context.colorTrc = tags.transfer
    context.colorSpace = tags.matrix
  }
  if (encoding.aspect !== undefined) context.sampleAspectRatio = new av.Rational(...encoding.aspect)
  for (const [name, value] of Object.entries({ ...usual[encoder], ...encoding.options }))
    must(context.setOption(name, value, av.AV_OPT_TYPE_STRING, av.AV_OPT_SEARCH_CHILDREN), `${encoder} ${name}`)
  must(context.open2Sync(codec), `opening ${encoder}`)
  return context
}

/** Draws pictures that say their numbers and encodes them. */
export const encode = (encoding: Encoding): Track => {
  const { count = 60, first = 0, width = 160, height = 96, fps = 25, layout = limited } = encoding
  const context = opened(encoding, layout)
  const packet = new av.Packet()
  packet.alloc()
  const samples: Sample[] = []
  const drain = () => {
    while (context.receivePacketSync(packet) >= 0) {
      const palette = packet.getSideData(av.AV_PKT_DATA_PALETTE)
      samples.push({
        data: Buffer.from(packet.data ?? []),
        pts: Number(packet.pts),
        dts: Number(packet.dts),
        key: packet.isKeyframe,
        ...(palette === null ? {} : { palette: Buffer.from(palette) }),
      })
      packet.unref()
    }
  }
  // A frame borrows the memory of its bytes, and encoders that look back (GIF, Microsoft RLE, lookahead) keep the frame.
  const held: { readonly frame: Frame; readonly bytes: Buffer }[] = []
  for (let i = 0; i < count; i++) {
    const bytes = laidOut(first + i, i, encoding, layout)
    const frame = av.Frame.fromVideoBuffer(bytes, {
      width,
      height,
      format: context.pixelFormat,
      pts: BigInt(i),
    })
    frame.colorRange = context.colorRange
    must(context.sendFrameSync(frame), 'encoding')
    held.push({ frame, bytes })
    drain()
  }
  must(context.sendFrameSync(null), 'encoding')
  drain()
  const parameters = new av.CodecParameters()
  parameters.alloc()
  must(context.parametersFromContext(parameters), 'describing the stream')
  context.freeContext()
  packet.free()
  for (const { frame } of held) frame.free()
  return { parameters, samples, base: [1, fps], fps }
}
