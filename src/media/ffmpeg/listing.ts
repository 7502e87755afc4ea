import type { PacketMark } from '../timeline.ts'

/** What `-f framecrc` says of a stream (libavformat/framecrcenc.c). */
export interface Listing {
  /** Seconds per tick, as a number and as ffmpeg writes it. */
  readonly tick: number
  readonly timeBase: string
  readonly codec: string
  readonly width: number
  readonly height: number
  readonly marks: readonly PacketMark[]
  /** Whether every packet had a presentation time. */
  readonly timed: boolean
}

const header = (text: string, name: string): string => new RegExp(`^#${name} 0: (.+)$`, 'm').exec(text)?.[1] ?? ''

/**
 * Reads a framecrc listing: header lines, then `stream, dts, pts, duration, size, checksum[, F=flags]` a packet, where
 * the flags are left out when the packet is a key frame and nothing else. Undefined when there is no video stream.
 */
export const parseListing = (text: string): Listing | undefined => {
  const timeBase = header(text, 'tb')
  const [num, den] = timeBase.split('/').map(Number)
  const [width, height] = header(text, 'dimensions').split('x').map(Number)
  if (!num || !den || !width || !height) return undefined
  let timed = true
  const marks: PacketMark[] = []
  for (const line of text.split('\n')) {
    if (!line.startsWith('0,')) continue
    const fields = line.split(',')
    const [dts, pts] = [Number(fields[1]), Number(fields[2])]
    const hex = /F=0x([0-9A-F]+)/i.exec(fields[6] ?? '')?.[1]
    const flags = hex === undefined ? 1 : Number.parseInt(hex, 16)
    if (!Number.isFinite(pts) || pts <= -(2 ** 62)) timed = false
    marks.push({ pts, dts: dts <= -(2 ** 62) ? pts : dts, key: (flags & 1) !== 0, shown: (flags & 4) === 0 })
  }
  return { tick: num / den, timeBase, codec: header(text, 'codec_id'), width, height, marks, timed }
}
