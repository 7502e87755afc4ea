import { either as E } from 'fp-ts'
import type { FormatContext, Stream } from 'node-av/lib'
import type { PlainFile } from '../file.ts'
import type { Limits } from '../limits.ts'
import { tooManyPixels } from '../picture-faults.ts'
import { noVideo } from '../streams.ts'
import type { MediaFault } from '../types.ts'
import { openFormat, undecodable } from './container.ts'
import type { Av } from './load.ts'
import { peek } from './peek.ts'
import type { Steps } from './steps.ts'

/** An opened file and its chosen video stream. Whoever opened it closes it. */
export interface Source {
  readonly file: PlainFile
  readonly format: FormatContext
  readonly stream: Stream
  /** Seconds per tick. */
  readonly tick: number
  /** FFmpeg has looked into the first packets (`avformat_find_stream_info`), as the ffmpeg program always does. */
  readonly analysed: boolean
}

/** Streams of pictures that follow each other, as opposed to covers and thumbnails. */
const isMoving = (av: Av, { disposition }: Stream): boolean => (disposition & av.AV_DISPOSITION_ATTACHED_PIC) === 0

/**
 * Of several video streams the one that was asked for, else the one that the ffmpeg program takes by default: streams
 * that bring packets, those marked default, the most pixels (`map_auto_video` in fftools/ffmpeg_mux_init.c).
 */
const chosen = (av: Av, moving: readonly Stream[], asked: number | undefined): Stream | undefined => {
  const score = (s: Stream) =>
    s.codecpar.width * s.codecpar.height +
    (s.eventFlags & av.AVSTREAM_EVENT_FLAG_NEW_PACKETS ? 1e8 : 0) +
    (s.disposition & av.AV_DISPOSITION_DEFAULT ? 5e6 : 0)
  if (asked !== undefined) return moving[asked]
  return moving.reduce<Stream | undefined>(
    (best, s) => (best === undefined || score(s) > score(best) ? s : best),
    undefined,
  )
}

const videosOf = (av: Av, { streams }: FormatContext): Stream[] =>
  streams.filter(s => s.codecpar.codecType === av.AVMEDIA_TYPE_VIDEO)

/** The first stream whose pictures are larger than allowed. */
const tooLarge = (av: Av, file: PlainFile, format: FormatContext, { pixels }: Limits): MediaFault | undefined => {
  const large = videosOf(av, format).find(({ codecpar }) => codecpar.width * codecpar.height > pixels)
  return large === undefined ? undefined : tooManyPixels(file.path, large.codecpar, pixels)
}

/** Lets FFmpeg look into the first packets, which decodes pictures of streams whose size is within the limit. */
function* analysed(av: Av, file: PlainFile, format: FormatContext, limits: Limits): Steps<void> {
  const sizes = videosOf(av, format).map(({ codecpar }) => codecpar.width)
  if (sizes.length === 0 || sizes.includes(0)) {
    const peeked = yield* peek(av, file, limits)
    if (E.isLeft(peeked)) return peeked
  }
  const found = yield { sync: () => format.findStreamInfoSync(), async: () => format.findStreamInfo() }
  return found < 0 ? E.left(undecodable(file, av.FFmpegError.strerror(found))) : E.right(undefined)
}

/**
 * Opens a plain file for demuxing. FFmpeg looks into the first packets (`analyse`) where it must or is told to.
 * `NotAVideo`, `NoVideoStream` or `TooLarge`.
 */
export function* open(av: Av, file: PlainFile, limits: Limits, analyse = false): Steps<Source> {
  const opened = yield* openFormat(av, file)
  if (E.isLeft(opened)) return opened
  const format = opened.right
  let kept = false
  try {
    const large = tooLarge(av, file, format, limits)
    if (large !== undefined) return E.left(large)
    const told = videosOf(av, format)
    const known =
      told.length === 1 && told.every(s => s.codecpar.width > 0 && s.avgFrameRate.num > 0 && s.rFrameRate.num > 0)
    if (analyse || !known) {
      const found = yield* analysed(av, file, format, limits)
      if (E.isLeft(found)) return found
    }
    // Containers without a header (FLV, MPEG program streams) show their streams only now.
    const videos = videosOf(av, format)
    const moving = videos.filter(s => isMoving(av, s))
    const stream = chosen(av, moving, file.videoStream)
    if (stream === undefined)
      return E.left(noVideo(file, format.nbStreams, { videos: videos.length, moving: moving.length }))
    const { width, height } = stream.codecpar
    if (width <= 0 || height <= 0) return E.left(undecodable(file, 'the video stream has no size'))
    if (width * height > limits.pixels) return E.left(tooManyPixels(file.path, { width, height }, limits.pixels))
    for (const other of format.streams) if (other.index !== stream.index) other.discard = av.AVDISCARD_ALL
    kept = true
    const tick = stream.timeBase.num / stream.timeBase.den
    return E.right({ file, format, stream, tick, analysed: analyse || !known })
  } finally {
    if (!kept) format.closeInputSync()
  }
}
