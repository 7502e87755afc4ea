import { either as E } from 'fp-ts'
import type { CodecContext, Frame, Packet } from 'node-av/lib'
import { damageTrack } from './damage.ts'
import { decodeTimes } from './decode-times.ts'
import { entryOf } from './entry.ts'
import type { Av } from './load.ts'
import type { Source } from './open.ts'
import { spareOf } from './spare.ts'
import type { Steps } from './steps.ts'

/** Which packets of a stretch are decoded, and who gets the pictures. */
export interface PacketPlan {
  /** Whether pictures are known by their presentation ticks; else by their number from where decoding began. */
  readonly timed: boolean
  /** Whether decoding begins with this packet of the stream; `stop` when it is past where it should have begun. */
  readonly begin: (packet: Packet) => boolean | 'stop'
  /** Whether the picture of the packet with this tick is wanted; the others are decoded only if something refers to them. */
  readonly wanted: (tick: number) => boolean
  /** Whether no further packet is needed. */
  readonly done: () => boolean
  /**
   * Gets every decoded picture with what it is known by, in display order, and whether it may show damage. The frame is
   * only valid until the next step.
   */
  readonly picture: (id: number, frame: Frame, damaged: boolean) => Steps<void>
}

const done: E.Either<never, void> = E.right(undefined)

/** Lets FFmpeg leave out pictures that nothing refers to, or not; asks it only when that changes. */
const skipOf = (av: Av, context: CodecContext) => {
  let skipping = false
  return (on: boolean): void => {
    if (on === skipping) return
    skipping = on
    context.setOption('skip_frame', on ? av.AVDISCARD_NONREF : av.AVDISCARD_DEFAULT, av.AV_OPT_TYPE_INT)
  }
}

/**
 * Feeds packets from where the file stands to the decoder and hands out pictures, then drains the decoder.
 * Pictures that nothing refers to and nobody wants are skipped inside FFmpeg (`skip_frame` per packet): exact, and
 * 1.25–1.4 times as fast. Answers whether decoding began.
 */
export function* pump(av: Av, source: Source, context: CodecContext, plan: PacketPlan): Steps<boolean> {
  const { format, stream } = source
  const packet = new av.Packet()
  const frame = new av.Frame()
  packet.alloc()
  frame.alloc()
  let begun = false
  const spare = spareOf(av, stream)
  const damage = damageTrack()
  const entry = entryOf(av, stream)
  const decoded = decodeTimes(av, source)
  let pictures = 0
  let before = Number.NEGATIVE_INFINITY
  const skip = skipOf(av, context)
  // Decoding happens inside sendPacket; only draining decodes while receiving, and only those need the thread pool.
  const receive = function* (draining: boolean): Steps<void> {
    for (;;) {
      const code = draining
        ? yield { sync: () => context.receiveFrameSync(frame), async: () => context.receiveFrame(frame) }
        : context.receiveFrameSync(frame)
      if (code < 0) return done
      const tick = Number(frame.pts === av.AV_NOPTS_VALUE ? frame.bestEffortTimestamp : frame.pts)
      if (frame.decodeErrorFlags !== 0 || (frame.flags & av.AV_FRAME_FLAG_CORRUPT) !== 0) damage.found(tick)
      const taken = yield* plan.picture(plan.timed ? tick : pictures, frame, damage.shows(tick))
      pictures++
      if (E.isLeft(taken)) return taken
      frame.unref()
    }
  }
  try {
    while (!plan.done()) {
      if (format.readFrameSync(packet) < 0) break
      if (packet.streamIndex === stream.index) {
        if (!begun) {
          const begin = plan.begin(packet)
          if (begin === 'stop') break
          begun = begin
        }
        if (begun) {
          const tick = Number(packet.pts)
          const wanted = plan.wanted(tick)
          if (!wanted && spare?.(packet)) {
            packet.unref()
            continue
          }
          skip(!wanted)
          const begins = entry(packet)
          damage.sent(tick, begins)
          // Where a stream joins another in the middle of a group of pictures, what its pictures refer to was cut off.
          const time = decoded(packet)
          if (!begins && time < before) damage.found(tick)
          before = time
          const sent = yield { sync: () => context.sendPacketSync(packet), async: () => context.sendPacket(packet) }
          if (sent < 0) damage.found(tick)
          const received = yield* receive(false)
          if (E.isLeft(received)) return received
        }
      }
      packet.unref()
    }
    yield { sync: () => context.sendPacketSync(null), async: () => context.sendPacket(null) }
    const received = yield* receive(true)
    return E.isLeft(received) ? received : E.right(begun)
  } finally {
    skip(false)
    context.flushBuffers()
    packet.free()
    frame.free()
  }
}
