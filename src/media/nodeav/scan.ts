import { either as E } from 'fp-ts'
import type { Packet, Stream } from 'node-av/lib'
import type { Limits } from '../limits.ts'
import { type PacketMark, tooManyFrames } from '../timeline.ts'
import { decodeTimes } from './decode-times.ts'
import { entryOf, reorderedOf } from './entry.ts'
import type { Av } from './load.ts'
import type { Source } from './open.ts'
import type { Steps } from './steps.ts'

/** VP8 marks frames that are never shown (alternate references) in bit 4 of the first byte. */
const hiddenVp8 = (packet: Packet): boolean => ((packet.data?.[0] ?? 16) & 16) === 0

/** What walking through a file tells. */
export interface Walk {
  readonly marks: readonly PacketMark[]
  /**
   * One of the first packets holds a picture that is shown after later ones, while all their times say that none is: the
   * container may have lost the composition offsets.
   */
  readonly suspect: boolean
}

/** Enough packets, or pictures, to see whether they are reordered. */
export const tried = 64

/** Looks at packets in decode order, as long as their times follow it, for pictures that are shown later all the same. */
export const reorderWatch = (av: Av, stream: Stream): ((packet: Packet) => boolean) => {
  const reordered = reorderedOf(av, stream)
  let [left, last, suspect] = [tried, Number.NEGATIVE_INFINITY, false]
  return packet => {
    if (left-- <= 0) return suspect
    const pts = Number(packet.pts)
    if (pts <= last) {
      left = 0
      suspect = false
    } else suspect ||= packet.data !== null && reordered(packet.data)
    last = pts
    return suspect
  }
}

/**
 * Walks all packets of the chosen stream without decoding: 2 µs each; those called key frames are looked into. Undefined
 * when packets carry no presentation time (AVI, raw streams), where only decoding tells. Faults: `TooLarge` (frames,
 * duration), `NotAVideo` (no packet).
 */
export function* scan(av: Av, source: Source, limits: Limits): Steps<Walk | undefined> {
  const { format, stream, file } = source
  const packet = new av.Packet()
  packet.alloc()
  const entry = entryOf(av, stream)
  const decoded = decodeTimes(av, source)
  const end = file.samplesEnd ?? Number.POSITIVE_INFINITY
  const vp8 = stream.codecpar.codecId === av.AV_CODEC_ID_VP8
  const watch = reorderWatch(av, stream)
  const marks: PacketMark[] = []
  let suspect = false
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
          dts: decoded(packet),
          key: entry(packet),
          shown: (packet.flags & av.AV_PKT_FLAG_DISCARD) === 0 && !(vp8 && hiddenVp8(packet)),
        })
        suspect = watch(packet)
        if (marks.length > limits.frames) return E.left(tooManyFrames(file.path, limits.frames))
      }
      packet.unref()
    }
  } finally {
    packet.free()
  }
  return E.right({ marks, suspect })
}
