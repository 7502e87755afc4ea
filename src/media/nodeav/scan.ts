import { either as E } from 'fp-ts'
import type { Packet } from 'node-av/lib'
import { fault } from '../../flow/index.ts'
import type { Limits } from '../limits.ts'
import { type PacketMark, type Timeline, timelineOf } from '../timeline.ts'
import type { MediaFault } from '../types.ts'
import type { Av } from './load.ts'
import type { Source } from './open.ts'
import type { Steps } from './steps.ts'

const tooMany = (path: string, limits: Limits): MediaFault =>
  fault('TooLarge', `${path} has more than ${limits.frames} frames`, 'Raise limits.frames if you trust the file.')

/** VP8 marks frames that are never shown (alternate references) in bit 4 of the first byte. */
const hiddenVp8 = (packet: Packet): boolean => ((packet.data?.[0] ?? 16) & 16) === 0

/**
 * Walks all packets of the chosen stream without decoding: 2 µs each. Undefined when packets carry no presentation
 * time (AVI, raw streams), where only decoding tells. Faults: `TooLarge` (frames, duration), `NotAVideo` (no packet).
 */
export function* scan(av: Av, source: Source, limits: Limits): Steps<PacketMark[] | undefined> {
  const { format, stream, file } = source
  const packet = new av.Packet()
  packet.alloc()
  const vp8 = stream.codecpar.codecId === av.AV_CODEC_ID_VP8
  const marks: PacketMark[] = []
  try {
    for (let n = 0; ; n++) {
      // One yield in 256 keeps the deadline; the calls between are buffered reads of microseconds.
      const read =
        n % 256 === 255
          ? yield { sync: () => format.readFrameSync(packet), async: () => format.readFrame(packet) }
          : format.readFrameSync(packet)
      if (read < 0) break
      if (packet.streamIndex === stream.index) {
        if (packet.pts === av.AV_NOPTS_VALUE) return E.right(undefined)
        const pts = Number(packet.pts)
        marks.push({
          pts,
          dts: packet.dts === av.AV_NOPTS_VALUE ? pts : Number(packet.dts),
          key: packet.isKeyframe,
          shown: (packet.flags & av.AV_PKT_FLAG_DISCARD) === 0 && !(vp8 && hiddenVp8(packet)),
        })
        if (marks.length > limits.frames) return E.left(tooMany(file.path, limits))
      }
      packet.unref()
    }
  } finally {
    packet.free()
  }
  return E.right(marks)
}

/** The timeline of these packets. Faults: `NotAVideo` (none), `TooLarge` (frames, duration). */
export const checkedTimeline = (
  { file, tick }: Source,
  marks: readonly PacketMark[],
  limits: Limits,
): E.Either<MediaFault, Timeline> => {
  const line = timelineOf(marks, tick)
  const seconds = ((line.pts.at(-1) ?? 0) - (line.pts[0] ?? 0)) * tick
  if (line.pts.length === 0)
    return E.left(
      fault('NotAVideo', `${file.path}: its video stream holds 0 frames`, 'The file may be cut short; fetch it again.'),
    )
  if (marks.length > limits.frames) return E.left(tooMany(file.path, limits))
  return seconds > limits.durationSeconds
    ? E.left(
        fault(
          'TooLarge',
          `${file.path} lasts ${seconds} s, the limit is ${limits.durationSeconds} s`,
          'Raise limits.durationSeconds.',
        ),
      )
    : E.right(line)
}
