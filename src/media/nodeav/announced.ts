import { bitsOf } from './bits.ts'
import type { Size } from './cropped.ts'
import { sizeH264 } from './size-h264.ts'
import { sizeHevc } from './size-hevc.ts'

/** A payload without the bytes that keep start codes out of it. */
const unescaped = (unit: Uint8Array): Uint8Array =>
  unit.filter((byte, i) => !(byte === 3 && unit[i - 1] === 0 && unit[i - 2] === 0))

/** Frame header of JPEG (ITU-T T.81 §B.2.2), behind its marker. */
const sizeJpeg = (payload: Uint8Array): Size => {
  const { bits } = bitsOf(payload)
  bits(24)
  const [height, width] = [bits(16), bits(16)]
  return { width, height }
}

/** The sequence parameter set of H.264 in the configuration record of a stream (`avcC`), behind its head. */
export const recordedH264 = (record: Buffer): Uint8Array | undefined => {
  const place = recorded('h264', record).find(start => ((record[start] ?? 0) & 31) === 7)
  return place === undefined ? undefined : unescaped(record.subarray(place + 1, place + most))
}

/** Codecs whose packets say their size in a unit behind a start code: how to tell it and how to read it. */
const units: Readonly<
  Record<
    string,
    { readonly is: (head: number) => boolean; readonly skip: number; readonly size: (payload: Uint8Array) => Size }
  >
> = {
  h264: { is: head => (head & 31) === 7, skip: 1, size: sizeH264 },
  hevc: { is: head => ((head >> 1) & 63) === 33, skip: 2, size: sizeHevc },
}

/** Longest parameter set that is read. */
const most = 1024

/** Where the units of a configuration record begin, each behind its length of two bytes (ISO 14496-15: `avcC`, `hvcC`). */
const recorded = (codec: string, record: Buffer): number[] => {
  const places: number[] = []
  if (record[0] !== 1) return places
  let place = codec === 'h264' ? 5 : 23
  for (let arrays = codec === 'h264' ? 1 : (record[22] ?? 0); arrays > 0 && place + 3 < record.length; arrays--) {
    const [count, start] =
      codec === 'h264' ? [record[place]! & 31, place + 1] : [record.readUInt16BE(place + 1), place + 3]
    place = start
    for (let unit = 0; unit < count && place + 2 < record.length; unit++) {
      places.push(place + 2)
      place += 2 + record.readUInt16BE(place)
    }
  }
  return places
}

/** Where units begin behind start codes. */
const started = (data: Buffer): number[] => {
  const places: number[] = []
  const start = Buffer.from([0, 0, 1])
  for (let place = data.indexOf(start); place >= 0; place = data.indexOf(start, place + 3)) places.push(place + 3)
  return places
}

/**
 * The size that a packet, or the configuration record of a stream, announces for the pictures to come, read from its
 * bytes without decoding: parameter sets of H.264 and HEVC, frame headers of Motion JPEG. Undefined where it says none.
 */
export const announcedSize = (codec: string, data: Buffer, record = false): Size | undefined => {
  if (codec === 'mjpeg') {
    const frame = [0xc0, 0xc1, 0xc2].map(marker => data.indexOf(Buffer.from([0xff, marker]))).find(place => place >= 0)
    return frame === undefined ? undefined : sizeJpeg(data.subarray(frame + 2, frame + 16))
  }
  const unit = units[codec]
  if (unit === undefined) return undefined
  const place = (record ? recorded(codec, data) : started(data)).find(start => unit.is(data[start] ?? 0))
  return place === undefined ? undefined : unit.size(unescaped(data.subarray(place + unit.skip, place + most)))
}
