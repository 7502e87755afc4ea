import { either as E } from 'fp-ts'
import type { Limits } from '../limits.ts'
import { mp4Samples } from '../mp4/samples.ts'
import type { PacketMark } from '../timeline.ts'
import { seek } from './decode.ts'
import type { Av } from './load.ts'
import type { Source } from './open.ts'
import type { Steps } from './steps.ts'

const same = (a: PacketMark | undefined, b: PacketMark): boolean =>
  a !== undefined && a.pts === b.pts && a.dts === b.dts && a.key === b.key && a.shown === b.shown

/** The next packets of the chosen stream, at most so many. */
const next = (av: Av, { format, stream }: Source, most: number): PacketMark[] => {
  const packet = new av.Packet()
  packet.alloc()
  const out: PacketMark[] = []
  while (out.length < most && format.readFrameSync(packet) >= 0) {
    if (packet.streamIndex === stream.index)
      out.push({
        pts: Number(packet.pts),
        dts: Number(packet.dts),
        key: packet.isKeyframe,
        shown: (packet.flags & av.AV_PKT_FLAG_DISCARD) === 0,
      })
    packet.unref()
  }
  packet.free()
  return out
}

/**
 * The packets of an MP4 from its movie header, without reading the file through (18,000 packets: 5 ms instead of 130).
 * Believed only if the demuxer agrees on their number, on the first few, and on those after the last key packet;
 * undefined otherwise.
 */
export function* tablePackets(av: Av, source: Source, movie: Buffer, limits: Limits): Steps<PacketMark[] | undefined> {
  const marks = mp4Samples(movie, source.stream.id, limits.frames)
  if (marks === undefined || BigInt(marks.length) !== source.stream.nbFrames) return E.right(undefined)
  if (!next(av, source, 4).every((mark, i) => same(marks[i], mark))) return E.right(undefined)
  const lastKey = marks.findLastIndex(mark => mark.key)
  yield* seek(av, source, marks[lastKey]?.pts ?? 0)
  const last = next(av, source, 1000)
  const agree = last.every((mark, i) => same(marks[lastKey + i], mark))
  const complete = last.length === 1000 || lastKey + last.length === marks.length
  return E.right(agree && complete ? marks : undefined)
}
