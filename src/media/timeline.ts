import { either as E } from 'fp-ts'
import { fault } from '../flow/index.ts'
import type { Limits } from './limits.ts'
import type { MediaFault } from './types.ts'

/** One packet of the video stream, in decode order. Times in ticks of the stream's time base. */
export interface PacketMark {
  readonly pts: number
  readonly dts: number
  readonly key: boolean
  /** Shown: not hidden by an edit list or by the codec (VP8's alternate references). */
  readonly shown: boolean
}

/** The presentation times of a stream and where decoding can start. */
export interface Timeline {
  /** Seconds per tick. */
  readonly tick: number
  /** Ticks of shown frames in display order, strictly increasing. */
  readonly pts: Float64Array
  /** Presentation and decode ticks of the key packets in decode order. */
  readonly keys: readonly { readonly pts: number; readonly dts: number }[]
}

/** Builds a timeline out of packets. Equal presentation times are one frame. */
const timelineOf = (marks: readonly PacketMark[], tick: number): Timeline => {
  const sorted = Float64Array.from(marks.flatMap(m => (m.shown ? [m.pts] : []))).sort()
  return {
    tick,
    pts: sorted.filter((p, i) => i === 0 || p !== sorted[i - 1]),
    keys: marks.flatMap(m => (m.key ? [{ pts: m.pts, dts: m.dts }] : [])),
  }
}

/** Seconds of every frame. */
export const secondsOf = (line: Timeline): number[] => Array.from(line.pts, p => p * line.tick)

/** A stretch to decode: from one key packet through its last wanted frame. */
export interface Stretch {
  /** Undefined: no key packet comes before the first frame, decode from the start of the file. */
  readonly from: { readonly pts: number; readonly dts: number } | undefined
  /** Wanted ticks, ascending. */
  readonly wanted: readonly number[]
}

/**
 * Groups wanted ticks (ascending, distinct) by the last key packet, in decode order, that is not shown after them.
 * A frame that precedes its key packet in display order (open groups of pictures) starts one key packet earlier.
 */
export const stretches = (line: Timeline, wanted: readonly number[]): Stretch[] => {
  const out: { from: Stretch['from']; wanted: number[] }[] = []
  let k = -1
  for (const tick of wanted) {
    while (k + 1 < line.keys.length && (line.keys[k + 1]?.pts ?? Infinity) <= tick) k++
    const from = line.keys[k]
    const last = out.at(-1)
    if (last !== undefined && last.from === from) last.wanted.push(tick)
    else out.push({ from, wanted: [tick] })
  }
  return out
}

/** Frames that decoding these stretches goes through, about. */
export const cost = (line: Timeline, plan: readonly Stretch[]): number =>
  plan.reduce((sum, { from, wanted }) => {
    const first = from?.pts ?? line.pts[0] ?? 0
    const last = wanted.at(-1) ?? first
    return sum + 1 + countBetween(line.pts, first, last)
  }, 0)

const countBetween = (pts: Float64Array, first: number, last: number): number =>
  lowerBound(pts, last) - lowerBound(pts, first)

/** Index of the first entry that is not below the tick. */
const lowerBound = (pts: Float64Array, tick: number): number => {
  let low = 0
  let high = pts.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (pts[middle]! < tick) low = middle + 1
    else high = middle
  }
  return low
}

/** The timeline of these packets. Faults: `NotAVideo` (none is shown), `TooLarge` (frames, duration). */
export const checkedTimeline = (
  path: string,
  marks: readonly PacketMark[],
  tick: number,
  limits: Pick<Limits, 'frames' | 'durationSeconds'>,
): E.Either<MediaFault, Timeline> => {
  const line = timelineOf(marks, tick)
  const seconds = ((line.pts.at(-1) ?? 0) - (line.pts[0] ?? 0)) * tick
  if (line.pts.length === 0)
    return E.left(
      fault('NotAVideo', `${path}: its video stream holds 0 frames`, 'The file may be cut short; fetch it again.'),
    )
  if (marks.length > limits.frames) return E.left(tooManyFrames(path, limits.frames))
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
