import { either as E, function as F } from 'fp-ts'
import type { CodecContext, Frame, Packet } from 'node-av/lib'
import type { Limits } from '../limits.ts'
import type { Stretch } from '../timeline.ts'
import { writesDecodeTimes } from './decode-times.ts'
import type { Av } from './load.ts'
import { open, type Source } from './open.ts'
import { pump } from './pump.ts'
import type { Steps } from './steps.ts'

/** Gets each wanted picture with its tick, and whether it may show damage. */
export type Sink = (tick: number, frame: Frame, damaged: boolean) => Steps<void>

/** Takes no picture. */
// biome-ignore lint/correctness/useYield: the picture is dropped, no call is needed
export const drop: Sink = function* () {
  return E.right(undefined)
}

/** How decoding a stretch ended: whether its key packet was found, and which pictures did not come or may show damage. */
interface Outcome {
  readonly found: boolean
  readonly missing: readonly number[]
  readonly damaged: readonly number[]
}

type Key = NonNullable<Stretch['from']>

/** Decodes one stretch from where its key packet lies. */
export function* stretch(
  av: Av,
  source: Source,
  context: CodecContext,
  { from, wanted }: Stretch,
  timed: boolean,
  sink: Sink,
): Steps<Outcome> {
  const missing = new Set(wanted)
  const unsent = new Set(wanted)
  const damages: number[] = []
  const isPast = writesDecodeTimes(source)
    ? ({ dts }: Packet, key: Key) => Number(dts) > key.dts
    : ({ pts }: Packet, key: Key) => Number(pts) > key.pts
  const found = yield* pump(av, source, context, {
    timed,
    begin: packet =>
      from === undefined || (packet.isKeyframe && Number(packet.pts) === from.pts)
        ? true
        : isPast(packet, from)
          ? 'stop'
          : false,
    wanted: tick => !timed || unsent.delete(tick),
    done: () => missing.size === 0 || unsent.size === 0,
    picture: (id, frame, damaged) => {
      if (!missing.delete(id)) return drop(id, frame, damaged)
      if (damaged) damages.push(id)
      return sink(id, frame, damaged)
    },
  })
  return E.isLeft(found) ? found : E.right({ found: found.right, missing: [...missing], damaged: damages })
}

/**
 * Whether a decoder goes by the first picture that it got: that of Motion JPEG takes pictures for fields ever after, and
 * lays two over each other, where the first is less than three quarters as high as the container says.
 */
const remembersFirst = (av: Av, { stream }: Source): boolean => stream.codecpar.codecId === av.AV_CODEC_ID_MJPEG

/** Seeks to the key packet at or before a tick; landing elsewhere shows when packets are read. */
export function* seek(av: Av, { format, stream }: Source, tick: number): Steps<void> {
  const timestamp = BigInt(tick)
  yield {
    sync: () => format.seekFrameSync(stream.index, timestamp, av.AVSEEK_FLAG_BACKWARD),
    async: () => format.seekFrame(stream.index, timestamp, av.AVSEEK_FLAG_BACKWARD),
  }
  return E.right(undefined)
}

/** Decodes a stretch from its key packet: demuxers index by presentation or by decode time, so both are tried. */
function* sought(av: Av, source: Source, context: CodecContext, next: Stretch, sink: Sink): Steps<Outcome | undefined> {
  for (const tick of next.from === undefined ? [] : [next.from.pts, next.from.dts]) {
    yield* seek(av, source, tick)
    const outcome = yield* stretch(av, source, context, next, true, sink)
    if (E.isLeft(outcome) || outcome.right.found) return outcome
  }
  return E.right(undefined)
}

/**
 * Decodes stretches one after the other, taking them off the queue, which several lanes may share. What has no key packet,
 * what seeking does not find (a broken index), and what does not come whole out of its stretch (a key packet at which
 * decoding cannot really begin) is then decoded in one go from the start of the file. Answers the pictures that are lost.
 */
export function* decodeStretches(
  av: Av,
  source: Source,
  context: CodecContext,
  queue: Stretch[],
  { timed, limits }: { readonly timed: boolean; readonly limits: Limits },
  sink: Sink,
): Steps<readonly number[]> {
  const rest: number[] = []
  let fresh = true
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const outcome = yield* sought(av, source, context, next, sink)
    if (E.isLeft(outcome)) return outcome
    if (next.from !== undefined) fresh = false
    const lost = outcome.right === undefined ? next.wanted : [...outcome.right.missing, ...outcome.right.damaged]
    rest.push(...lost)
    if (lost.length > 0 && remembersFirst(av, source)) rest.push(...queue.splice(0).flatMap(stretch => stretch.wanted))
  }
  if (rest.length === 0) return E.right([])
  const wanted = rest.sort((a, b) => a - b)
  const again = fresh ? E.right(source) : yield* open(av, source.file, limits)
  if (E.isLeft(again)) return again
  try {
    const read = yield* stretch(av, again.right, context, { from: undefined, wanted }, timed, sink)
    return F.pipe(
      read,
      E.map(({ missing }) => missing),
    )
  } finally {
    if (!fresh) again.right.format.closeInputSync()
  }
}
