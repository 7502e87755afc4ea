import { either as E } from 'fp-ts'
import type { Packet } from 'node-av/lib'
import type { Limits } from '../limits.ts'
import { type PacketMark, tooManyFrames } from '../timeline.ts'
import { entryOf } from './entry.ts'
import type { Av } from './load.ts'
import type { Source } from './open.ts'
import type { Steps } from './steps.ts'

/** VP8 marks frames that are never shown (alternate references) in bit 4 of the first byte. */
const hiddenVp8 = (packet: Packet): boolean => ((packet.data?.[0] ?? 16) & 16) === 0

/**
 * Walks all packets of the chosen stream without decoding: 2 µs each, those called key frames are looked into. Undefined when packets carry no presentation
 * time (AVI, raw streams), where only decoding tells. Faults: `TooLarge` (frames, duration), `NotAVideo` (no packet).
 */
export function* scan(av: Av, source: Source, limits: Limits): Steps<PacketMark[] | undefined> {
  const { format, stream, file } = source
  const packet = new av.Packet()
  packet.alloc()
  const entry = entryOf(av, stream)
  const end = file.samplesEnd ?? Number.POSITIVE_INFINITY
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
      // Samples that are declared beyond the samples' box are other bytes of the file.
      if (packet.streamIndex === stream.index && (end === Number.POSITIVE_INFINITY || Number(packet.pos) < end)) {
        if (packet.pts === av.AV_NOPTS_VALUE) return E.right(undefined)
        const pts = Number(packet.pts)
        marks.push({
          pts,
          dts: packet.dts === av.AV_NOPTS_VALUE ? pts : Number(packet.dts),
          key: entry(packet),
          shown: (packet.flags & av.AV_PKT_FLAG_DISCARD) === 0 && !(vp8 && hiddenVp8(packet)),
        })
        if (marks.length > limits.frames) return E.left(tooManyFrames(file.path, limits.frames))
      }
      packet.unref()
    }
  } finally {
    packet.free()
  }
  return E.right(marks)
}
