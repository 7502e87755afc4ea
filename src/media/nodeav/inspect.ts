import { either as E, function as F } from 'fp-ts'
import { clipOf } from '../clip.ts'
import type { PlainFile } from '../file.ts'
import type { Info } from '../info.ts'
import type { Limits } from '../limits.ts'
import { checkedTimeline, type PacketMark } from '../timeline.ts'
import type { MediaFault } from '../types.ts'
import { codecOf } from './codec.ts'
import type { Av } from './load.ts'
import { open, type Source } from './open.ts'
import { pump } from './pump.ts'
import { scan } from './scan.ts'
import type { Steps } from './steps.ts'
import { tablePackets } from './table.ts'

/** The frames of a file whose packets carry no presentation times, as if they were packets: decodes it all. */
const decodedPackets = (av: Av, file: PlainFile, limits: Limits): Steps<readonly PacketMark[]> =>
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
      return E.isLeft(all) ? all : E.right(ticks.map(pts => ({ pts, dts: pts, key: false, shown: true })))
    } finally {
      context.right.freeContext()
    }
  })

const rate = ({ num, den }: { num: number; den: number }) => (num > 0 && den > 0 ? num / den : undefined)

const infoOf = (
  av: Av,
  { file, stream, tick, rotation }: Source,
  marks: readonly PacketMark[],
  timed: boolean,
  limits: Limits,
): E.Either<MediaFault, Info> =>
  F.pipe(
    checkedTimeline(file.path, marks, tick, limits),
    E.map(line => ({
      clip: clipOf(file.path, line, {
        codec: av.avGetCodecName(stream.codecpar.codecId) ?? 'unknown',
        width: stream.codecpar.width,
        height: stream.codecpar.height,
        rotation,
        fps: rate(stream.avgFrameRate),
        realFps: rate(stream.rFrameRate),
      }),
      line,
      timed,
    })),
  )

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

/**
 * Learns the packets of a file: from the movie header of an MP4 where the demuxer confirms it, else by walking through
 * them, else (no presentation times) by decoding them all.
 */
export function* inspect(av: Av, file: PlainFile, limits: Limits, movie: Buffer | undefined): Steps<Info> {
  if (movie !== undefined) {
    const told = yield* withSource(av, file, limits, function* (source) {
      const marks = yield* tablePackets(av, source, movie, limits)
      if (E.isLeft(marks) || marks.right === undefined) return E.map(() => undefined)(marks)
      return infoOf(av, source, marks.right, true, limits)
    })
    if (E.isLeft(told)) return told
    if (told.right !== undefined) return E.right(told.right)
  }
  return yield* withSource(av, file, limits, function* (source) {
    const marks = yield* scan(av, source, limits)
    if (E.isLeft(marks)) return marks
    if (marks.right !== undefined) return infoOf(av, source, marks.right, true, limits)
    const decoded = yield* decodedPackets(av, file, limits)
    return E.isLeft(decoded) ? decoded : infoOf(av, source, decoded.right, false, limits)
  })
}
