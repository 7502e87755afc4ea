import type { Packet } from 'node-av/lib'
import type { Av } from './load.ts'
import type { Source } from './open.ts'

/** Containers that write only when pictures are shown, by FFmpeg's names of their demuxers. */
const silent: ReadonlySet<string> = new Set(['matroska,webm', 'asf', 'ogg', 'ivf', 'wtv'])

/** Whether a container writes decode times. Where it does not, FFmpeg guesses, well only after it has looked into packets. */
export const writesDecodeTimes = ({ format }: Source): boolean => !silent.has(format.iformat?.name ?? '')

/** Most pictures that a decoder holds back (`MAX_REORDER_DELAY` of libavformat, `sps_max_num_reorder_pics` of HEVC). */
const mostHeldBack = 16

/** Below every tick of a container, one tick a packet. */
const before = -(2 ** 52)

/** Decode times out of unlike presentation times: what must have been shown by then, since no decoder holds back more. */
export const derivedTimes = (): ((pts: number) => number) => {
  const held = Array.from({ length: mostHeldBack }, (_, i) => before + i)
  return pts => {
    let place = held.length
    while (place > 0 && held[place - 1]! > pts) place--
    held.splice(place, 0, pts)
    return held.shift()!
  }
}

/**
 * The decode time of each packet of a stream, shown in order: the container's, else one that falls only where no order of
 * decoding explains the presentation times, so that another stream begins.
 */
export const decodeTimes = (av: Av, source: Source): ((packet: Packet) => number) => {
  const written = ({ pts, dts }: Packet): number => Number(dts === av.AV_NOPTS_VALUE ? pts : dts)
  if (writesDecodeTimes(source)) return written
  const guess = derivedTimes()
  return packet => (packet.pts === av.AV_NOPTS_VALUE ? written(packet) : guess(Number(packet.pts)))
}
