import { either as E } from 'fp-ts'
import { fault } from '../flow/index.ts'
import { type Clock, clockOf, type Restarts } from './clock.ts'
import type { Limits } from './limits.ts'
import type { MediaFault } from './types.ts'

/** One packet of the video stream, in decode order. Times in ticks of the stream's time base. */
export interface PacketMark {
  readonly pts: number
  readonly dts: number
  /** Decoding can begin here. */
  readonly key: boolean
  /** Shown: not hidden by an edit list or by the codec (VP8's alternate references). */
  readonly shown: boolean
}

/** The frames of a stream in display order, and where decoding can start. */
export interface Timeline extends Clock {
  /** Seconds per tick. */
  readonly tick: number
  /**
   * What the picture of each frame is known by while decoding, strictly ascending: its presentation tick; or, where ticks
   * do not tell pictures apart, its number among all that decoding from the start gives.
   */
  readonly ids: Float64Array
  /** Presentation and decode ticks of the key packets in decode order; none where pictures are known by number. */
  readonly keys: readonly { readonly pts: number; readonly dts: number }[]
  /** What a picture needs may lie before its key packet: all are decoded from the start. */
  readonly fromStart?: boolean
}

/**
 * Whether presentation ticks tell pictures apart and follow decode order: none twice, hidden ones included, and decode
 * times that only grow. Not so in joined transport streams, with several edits, or where rates exceed the time base.
 */
export const orderly = (marks: readonly PacketMark[]): boolean =>
  marks.every((mark, i) => i === 0 || mark.dts > marks[i - 1]!.dts) &&
  new Set(marks.map(m => m.pts)).size === marks.length

/** Builds a timeline out of orderly packets. */
const timelineOf = (marks: readonly PacketMark[], tick: number, leaping: boolean): Timeline => {
  const ids = Float64Array.from(marks.flatMap(m => (m.shown ? [m.pts] : []))).sort()
  const clock = clockOf(ids, tick, { joined: false, leaping })
  return { tick, ids, ...clock, keys: marks.flatMap(m => (m.key ? [{ pts: m.pts, dts: m.dts }] : [])) }
}

/** A picture that decoding from the start gave. */
export interface Picture {
  /** Its number among all. */
  readonly id: number
  /** The presentation tick that it carries. */
  readonly tick: number
  readonly damaged: boolean
}

/** The timeline of pictures in display order. */
const countedTimeline = (pictures: readonly Picture[], tick: number, restarts: Restarts): Timeline => ({
  tick,
  ids: Float64Array.from(pictures, picture => picture.id),
  ...clockOf(
    pictures.map(picture => picture.tick),
    tick,
    restarts,
  ),
  keys: [],
})

/** Seconds of every frame from the first on. */
export const secondsOf = (line: Timeline): number[] => Array.from(line.seconds)

/** A stretch to decode: from one key packet through its last wanted frame. */
export interface Stretch {
  /** Undefined: no key packet comes before the first frame, decode from the start of the file. */
  readonly from: { readonly pts: number; readonly dts: number } | undefined
  /** What the wanted pictures are known by, ascending. */
  readonly wanted: readonly number[]
}

/**
 * Groups wanted pictures (ascending, distinct) by the last key packet, in decode order, that is not shown after them.
 * A frame that precedes its key packet in display order (open groups of pictures) starts one key packet earlier.
 */
export const stretches = (line: Timeline, wanted: readonly number[]): Stretch[] => {
  const out: { from: Stretch['from']; wanted: number[] }[] = []
  let k = -1
  for (const id of wanted) {
    while (k + 1 < line.keys.length && (line.keys[k + 1]?.pts ?? Infinity) <= id) k++
    const from = line.fromStart ? undefined : line.keys[k]
    const last = out.at(-1)
    if (last !== undefined && last.from === from) last.wanted.push(id)
    else out.push({ from, wanted: [id] })
  }
  return out
}

/** Frames that decoding these stretches goes through, about. */
export const cost = (line: Timeline, plan: readonly Stretch[]): number =>
  plan.reduce((sum, { from, wanted }) => {
    const first = from?.pts ?? line.ids[0] ?? 0
    const last = wanted.at(-1) ?? first
    return sum + 1 + indexOf(line, last) - indexOf(line, first)
  }, 0)

/** Index of the first frame that is not before what is known by this id. */
export const indexOf = ({ ids }: Pick<Timeline, 'ids'>, id: number): number => {
  let low = 0
  let high = ids.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (ids[middle]! < id) low = middle + 1
    else high = middle
  }
  return low
}

/**
 * What the frames are known by that come before the first key packet, in either order: whether they can be decoded only
 * decoding tells, since what they refer to may have been cut off.
 */
export const openingOf = ({ ids, keys }: Timeline): number[] =>
  Array.from(keys[0] === undefined ? ids : ids.subarray(0, indexOf({ ids }, keys[0].pts)))

/** Whether decode times fall somewhere: streams were joined, or edits show one part twice. */
export const joins = (marks: readonly PacketMark[]): boolean =>
  marks.some((mark, i) => i > 0 && mark.dts < marks[i - 1]!.dts)

/** Whether packets are shown in the order in which they are decoded, by their times. */
export const straight = (marks: readonly PacketMark[]): boolean =>
  marks.length > 1 && marks.every((mark, i) => i === 0 || mark.pts > marks[i - 1]!.pts)

/** Whether a format's clock runs from before the stream and may leap, by FFmpeg's name of the demuxer. */
export const leaps = (format: string | null | undefined): boolean => format === 'mpegts' || format === 'mpeg'

type TimelineLimits = Pick<Limits, 'frames' | 'durationSeconds'>

/** The timeline of orderly packets; `leaping`: see `Restarts`. Faults: `NotAVideo` (none is shown), `TooLarge` (frames, duration). */
export const checkedTimeline = (
  path: string,
  marks: readonly PacketMark[],
  { tick, leaping }: { readonly tick: number; readonly leaping: boolean },
  limits: TimelineLimits,
): E.Either<MediaFault, Timeline> =>
  marks.length > limits.frames
    ? E.left(tooManyFrames(path, limits.frames))
    : withinLimits(path, timelineOf(marks, tick, leaping), limits)

/** The timeline of decoded pictures. Faults as `checkedTimeline`. */
export const checkedPictures = (
  path: string,
  { pictures, tick, ...restarts }: { readonly pictures: readonly Picture[]; readonly tick: number } & Restarts,
  limits: TimelineLimits,
): E.Either<MediaFault, Timeline> =>
  pictures.length > limits.frames
    ? E.left(tooManyFrames(path, limits.frames))
    : withinLimits(path, countedTimeline(pictures, tick, restarts), limits)

/** A timeline that holds frames, and lasts no longer than allowed. */
const withinLimits = (path: string, line: Timeline, limits: TimelineLimits): E.Either<MediaFault, Timeline> => {
  const seconds = line.seconds.at(-1)
  if (seconds === undefined)
    return E.left(
      fault('NotAVideo', `${path}: its video stream holds 0 frames`, 'The file may be cut short; fetch it again.'),
    )
  return seconds > limits.durationSeconds
    ? E.left(
        fault(
          'TooLarge',
          `${path} lasts ${seconds} s, the limit is ${limits.durationSeconds} s`,
          'Raise limits.durationSeconds.',
        ),
      )
    : E.right(line)
}

/** The fault of a clip with more frames than allowed. */
export const tooManyFrames = (path: string, limit: number): MediaFault =>
  fault('TooLarge', `${path} has more than ${limit} frames`, 'Raise limits.frames if you trust the file.')
