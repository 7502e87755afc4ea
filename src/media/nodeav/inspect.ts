import { either as E } from 'fp-ts'
import type { PlainFile } from '../file.ts'
import type { Limits } from '../limits.ts'
import { type Timeline, timelineOf } from '../timeline.ts'
import type { Clip } from '../types.ts'
import { codecOf } from './codec.ts'
import type { Av } from './load.ts'
import { open, type Source } from './open.ts'
import { pump } from './pump.ts'
import { scan } from './scan.ts'
import type { Steps } from './steps.ts'

/** What is known of a file before any picture is wanted. */
export interface Info {
  readonly clip: Clip
  readonly line: Timeline
  /** Packets carry presentation times, so that pictures can be told apart before decoding. */
  readonly timed: boolean
}

/** The timeline of a file whose packets carry no presentation times: decodes it all. */
function* decodedTimeline(av: Av, file: PlainFile, limits: Limits): Steps<Timeline> {
  const opened = yield* open(av, file, limits)
  if (E.isLeft(opened)) return opened
  const source = opened.right
  try {
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
      if (E.isLeft(all)) return all
      return E.right(
        timelineOf(
          ticks.map(pts => ({ pts, dts: pts, key: false, shown: true })),
          source.tick,
        ),
      )
    } finally {
      context.right.freeContext()
    }
  } finally {
    source.format.closeInputSync()
  }
}

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

/** Opens a file, walks its packets and closes it. */
export function* inspect(av: Av, file: PlainFile, limits: Limits): Steps<Info> {
  const opened = yield* open(av, file, limits)
  if (E.isLeft(opened)) return opened
  const source = opened.right
  try {
    const scanned = yield* scan(av, source, limits)
    if (E.isLeft(scanned)) return scanned
    const line = scanned.right === undefined ? yield* decodedTimeline(av, file, limits) : E.right(scanned.right)
    return E.isLeft(line)
      ? line
      : E.right({ clip: clipOf(av, source, line.right), line: line.right, timed: scanned.right !== undefined })
  } finally {
    source.format.closeInputSync()
  }
}
