import { either as E } from 'fp-ts'
import type { CodecContext, Frame } from 'node-av/lib'
import type { Limits } from '../limits.ts'
import type { Stretch } from '../timeline.ts'
import type { Av } from './load.ts'
import { open, type Source } from './open.ts'
import { pump } from './pump.ts'
import type { Steps } from './steps.ts'

/** Gets each wanted picture with its tick, and whether it may show damage. */
export type Sink = (tick: number, frame: Frame, damaged: boolean) => Steps<void>

// biome-ignore lint/correctness/useYield: the picture is dropped, no call is needed
const drop: Sink = function* () {
  return E.right(undefined)
}

/** Decodes one stretch from where its key packet lies. Answers whether that packet was found, and what did not come. */
function* stretch(
  av: Av,
  source: Source,
  context: CodecContext,
  { from, wanted }: Stretch,
  timed: boolean,
  sink: Sink,
): Steps<{ readonly found: boolean; readonly missing: readonly number[] }> {
  const missing = new Set(wanted)
  const unsent = new Set(wanted)
  const found = yield* pump(av, source, context, {
    begin: packet =>
      from === undefined || (packet.isKeyframe && Number(packet.pts) === from.pts)
        ? true
        : Number(packet.dts) > from.dts
          ? 'stop'
          : false,
    wanted: tick => unsent.delete(tick) || !timed,
    done: () => unsent.size === 0 || missing.size === 0,
    picture: (tick, frame, damaged) => (missing.delete(tick) ? sink : drop)(tick, frame, damaged),
  })
  return E.isLeft(found) ? found : E.right({ found: found.right, missing: [...missing] })
}

/** Seeks to the key packet at or before a tick; landing elsewhere shows when packets are read. */
export function* seek(av: Av, { format, stream }: Source, tick: number): Steps<void> {
  const timestamp = BigInt(tick)
  yield {
    sync: () => format.seekFrameSync(stream.index, timestamp, av.AVSEEK_FLAG_BACKWARD),
    async: () => format.seekFrame(stream.index, timestamp, av.AVSEEK_FLAG_BACKWARD),
  }
  return E.right(undefined)
}

/**
 * Decodes stretches one after the other, taking them off the queue, which several lanes may share. Demuxers index by
 * presentation or by decode time, so both are tried; where seeking still lands behind the key packet (a broken index),
 * the stretch is decoded from the start of the file. Answers the lost ticks.
 */
export function* decodeStretches(
  av: Av,
  source: Source,
  context: CodecContext,
  queue: Stretch[],
  { timed, limits }: { readonly timed: boolean; readonly limits: Limits },
  sink: Sink,
): Steps<readonly number[]> {
  const lost: number[] = []
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    let found = false
    for (const tick of next.from === undefined ? [] : [next.from.pts, next.from.dts]) {
      yield* seek(av, source, tick)
      const sought = yield* stretch(av, source, context, next, timed, sink)
      if (E.isLeft(sought)) return sought
      found = sought.right.found
      if (found) lost.push(...sought.right.missing)
      if (found) break
    }
    if (found) continue
    const again = yield* open(av, source.file, limits)
    if (E.isLeft(again)) return again
    try {
      const read = yield* stretch(av, again.right, context, { from: undefined, wanted: next.wanted }, timed, sink)
      if (E.isLeft(read)) return read
      lost.push(...read.right.missing)
    } finally {
      again.right.format.closeInputSync()
    }
  }
  return E.right(lost)
}
