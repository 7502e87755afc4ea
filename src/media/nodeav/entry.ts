import type { Packet, Stream } from 'node-av/lib'
import type { Av } from './load.ts'
import { someMarked, someMeasured, type UnitTest } from './units.ts'

/** Tells from the bytes of a packet whether decoding can really begin at it, whatever its container says. */
export type Entry = (packet: Packet) => boolean

/** Value of the size or type that an SEI message writes in bytes of 255 and a last smaller one, and where it ends. */
const seiNumber = (bytes: Buffer, offset: number, end: number): readonly [value: number, next: number] => {
  let value = 0
  let next = offset
  while (next < end && bytes[next] === 255) {
    value += 255
    next++
  }
  return [value + (bytes[next] ?? 0), next + 1]
}

/** Whether an SEI unit of H.264 holds a recovery point (D.1.8) at which every picture is whole at once: recovery_frame_cnt 0, coded as one set bit. */
const recoversAtOnce = (bytes: Buffer, start: number, end: number): boolean => {
  for (let offset = start + 1; offset + 2 < end; ) {
    const [type, afterType] = seiNumber(bytes, offset, end)
    const [size, content] = seiNumber(bytes, afterType, end)
    if (type === 6) return ((bytes[content] ?? 0) & 128) !== 0
    offset = content + size
  }
  return false
}

/** H.264 (table 7-1): an IDR slice, or a recovery point without gradual refresh. */
const entryH264 = (bytes: Buffer, start: number, end: number): boolean => {
  const type = bytes[start]! & 31
  return type === 5 || (type === 6 && recoversAtOnce(bytes, start, end))
}

/** HEVC (table 7-1): IRAP units. */
const entryHevc = (bytes: Buffer, start: number): boolean => {
  const type = (bytes[start]! >> 1) & 63
  return type >= 16 && type <= 21
}

/** MPEG-4 part 2: a video object plane (B6) coded as I (00). */
const entryMpeg4 = (bytes: Buffer, start: number): boolean =>
  bytes[start] === 0xb6 && (bytes[start + 1] ?? 255) >> 6 === 0

/** MPEG-1 and 2: a picture header (00) of type I, after ten bits of temporal reference. */
const entryMpeg2 = (bytes: Buffer, start: number): boolean =>
  bytes[start] === 0 && ((bytes[start + 2] ?? 0) & 0x38) === 8

/** VP9 (6.2): frame_type 0 after marker, profile (with a reserved bit where it is 3) and show_existing_frame 0. */
const entryVp9 = (data: Buffer): boolean => {
  const first = data[0] ?? 255
  return (first & 0x30) === 0x30 ? (first & 0x06) === 0 : (first & 0x0c) === 0
}

/** AV1 (5.9.2): the first frame header (OBU 3) or frame (OBU 6) shows no existing frame and is a key frame. */
const entryAv1 = (data: Buffer): boolean => {
  for (let offset = 0; offset < data.length; ) {
    const head = data[offset]!
    let content = offset + ((head & 4) === 0 ? 1 : 2)
    let size = 0
    if ((head & 2) === 0) size = data.length - content
    else
      for (let shift = 0; content < data.length; shift += 7) {
        const byte = data[content++]!
        size += (byte & 127) * 2 ** shift
        if (byte < 128) break
      }
    const type = (head >> 3) & 15
    if (type === 3 || type === 6) return ((data[content] ?? 255) & 0xe0) === 0
    offset = content + size
  }
  return false
}

/** H.264 (7.3.3): a first slice (first_mb_in_slice 0, one set bit) of slice_type B (1 or 6, Exp-Golomb). */
const reorderedH264 = (bytes: Buffer, start: number): boolean => {
  const type = bytes[start]! & 31
  const head = bytes[start + 1] ?? 0
  return type === 1 && ((head & 0xf0) === 0xa0 || (head & 0xfc) === 0x9c)
}

type ByteTest = (data: Buffer) => boolean

/** A test of units for packets of a stream: behind lengths of so many bytes, or behind start codes. */
const ofUnits = (extradata: Buffer | null, sizeAt: number, test: UnitTest): ByteTest => {
  // Extradata that begins with a start code means units behind start codes, else it says how lengths are written.
  const measured = extradata !== null && !(extradata[0] === 0 && extradata[1] === 0 && (extradata[2] ?? 0) <= 1)
  const size = ((extradata?.[sizeAt] ?? 3) & 3) + 1
  return data => (measured ? someMeasured(data, size, test) : someMarked(data, test))
}

/** The test of a codec's bytes, for those that have one. */
const byteTest = (av: Av, { codecpar: { codecId, extradata } }: Stream): ByteTest | undefined => {
  switch (codecId) {
    case av.AV_CODEC_ID_H264:
      return ofUnits(extradata, 4, entryH264)
    case av.AV_CODEC_ID_HEVC:
      return ofUnits(extradata, 21, entryHevc)
    case av.AV_CODEC_ID_MPEG4:
      return data => someMarked(data, entryMpeg4)
    case av.AV_CODEC_ID_MPEG1VIDEO:
    case av.AV_CODEC_ID_MPEG2VIDEO:
      return data => someMarked(data, entryMpeg2)
    case av.AV_CODEC_ID_VP8:
      return data => ((data[0] ?? 1) & 1) === 0
    case av.AV_CODEC_ID_VP9:
      return entryVp9
    case av.AV_CODEC_ID_AV1:
      return entryAv1
    default:
      return undefined
  }
}

/** Whether a packet's picture is shown after one that is decoded later, as far as its bytes tell; HEVC tells in its parameters. */
export const reorderedOf = (av: Av, { codecpar: { codecId, extradata } }: Stream): ByteTest =>
  codecId === av.AV_CODEC_ID_H264
    ? ofUnits(extradata, 4, reorderedH264)
    : codecId === av.AV_CODEC_ID_MPEG4
      ? data => someMarked(data, (bytes, start) => bytes[start] === 0xb6 && (bytes[start + 1] ?? 0) >> 6 === 2)
      : () => false

/**
 * Whether decoding can begin at a packet: its container calls it a key frame (sync table, flags), and so do its bytes, as
 * far as the codec has a test here. Containers name too many: every sample, every fifth, or the points at which an
 * intra-refresh stream begins to renew itself, where pictures are whole only later. What is left out costs time, what is
 * wrongly taken gives wrong pictures.
 */
export const entryOf = (av: Av, stream: Stream): Entry => {
  const test = byteTest(av, stream)
  return packet => packet.isKeyframe && (test === undefined || (packet.data !== null && test(packet.data)))
}
