import { either as E, function as F } from 'fp-ts'
import type { PlainFile } from '../file.ts'
import type { Limits } from '../limits.ts'
import type { Timeline } from '../timeline.ts'
import type { Clip, MediaFault } from '../types.ts'
import { codecOf } from './codec.ts'
import type { Av } from './load.ts'
import { open, type Source } from './open.ts'
import { pump } from './pump.ts'
import { checkedTimeline, scan } from './scan.ts'
import type { Steps } from './steps.ts'
import { tablePackets } from './table.ts'

/** What is known of a file before any picture is wanted. */
export interface Info {
  readonly clip: Clip
  readonly line: Timeline
  /** Packets carry presentation times, so that pictures can be told apart before decoding. */
  readonly timed: boolean
}

/** The timeline of a file whose packets carry no presentation times: decodes it all. */
const decodedTimeline = (av: Av, file: PlainFile, limits: Limits): Steps<Timeline> =>
  withSource(av, file, limits, function* (source) {
    const context = yield* codecOf(av, source, limits, 1)
    if (E.isLeft(context)) return context
    const ticks: number[] = []
    try {
      const all = yield* pump(av, source, context.right, {
        begin: () => true,
        wanted: () => true,
        done: () => ticks.length > limits.frames,
        // biome-ignore lint/correctness/useYield: only the time is taken
        *picture(tick) {
          ticks.push(tick)
          return E.right(undefined)
        },
      })
      const marks = ticks.map(pts => ({ pts, dts: pts, key: false, shown: true }))
      return E.isLeft(all) ? all : checkedTimeline(source, marks, limits)
    } finally {
      context.right.freeContext()
    }
  })

const clipOf = (av: Av, { file, format, stream, tick, rotation }: Source, line: Timeline): Clip => {
  const first = line.pts[0] ?? 0
  const last = line.pts.at(-1) ?? 0
  const count = line.pts.length
  const rate = ({ num, den }: { num: number; den: number }) => (num > 0 && den > 0 ? num / den : undefined)
  const span = (last - first) * tick
  const ownDuration = stream.duration > 0n ? Number(stream.duration) * tick : undefined
  const fileDuration = format.duration > 0n ? Number(format.duration) / 1e6 : undefined
  const fps = rate(stream.avgFrameRate) ?? (span > 0 ? (count - 1) / span : 1)
  const turned = rotation % 180 !== 0
  const real = rate(stream.rFrameRate)
  return {
    path: file.path,
    durationSeconds: ownDuration ?? fileDuration ?? span + 1 / fps,
    frameCount: count,
    fps,
    width: turned ? stream.codecpar.height : stream.codecpar.width,
    height: turned ? stream.codecpar.width : stream.codecpar.height,
    codec: av.avGetCodecName(stream.codecpar.codecId) ?? 'unknown',
    rotation,
    ...(real === undefined ? {} : { realFps: real }),
  }
}

/** Opens a file, does something with it, and closes it. */
function* withSource<A>(av: Av, file: PlainFile, limits: Limits, use: (source: Source) => Steps<A>): Steps<A> {
  const opened = yield* open(av, file, limits)
  if (E.isLeft(opened)) return opened
  try {
    return yield* use(opened.right)
  } finally {
    opened.right.format.closeInputSync()
  }
}

const infoOf = (
  av: Av,
  source: Source,
  line: E.Either<MediaFault, Timeline>,
  timed: boolean,
): E.Either<MediaFault, Info> =>
  F.pipe(
    line,
    E.map(line => ({ clip: clipOf(av, source, line), line, timed })),
  )

/**
 * Learns the packets of a file: from the movie header of an MP4 where the demuxer confirms it, else by walking through
 * them, else (no presentation times) by decoding them all.
 */
export function* inspect(av: Av, file: PlainFile, limits: Limits, movie: Buffer | undefined): Steps<Info> {
  if (movie !== undefined) {
    const told = yield* withSource(av, file, limits, function* (source) {
      const marks = yield* tablePackets(av, source, movie)
      if (E.isLeft(marks) || marks.right === undefined) return E.map(() => undefined)(marks)
      return infoOf(av, source, checkedTimeline(source, marks.right, limits), true)
    })
    if (E.isLeft(told)) return told
    if (told.right !== undefined) return E.right(told.right)
  }
  return yield* withSource(av, file, limits, function* (source) {
    const marks = yield* scan(av, source, limits)
    if (E.isLeft(marks)) return marks
    return marks.right === undefined
      ? infoOf(av, source, yield* decodedTimeline(av, file, limits), false)
      : infoOf(av, source, checkedTimeline(source, marks.right, limits), true)
  })
}
