/** A size in pixels. */
export interface Size {
  readonly width: number
  readonly height: number
}

/** Reads a payload bit by bit; past its end all bits are 0. */
const bitsOf = (bytes: Uint8Array) => {
  let place = 0
  const bit = (): number => {
    const value = ((bytes[place >> 3] ?? 0) >> (7 - (place & 7))) & 1
    place++
    return value
  }
  const bits = (count: number): number => {
    let value = 0
    for (let i = 0; i < count; i++) value = value * 2 + bit()
    return value
  }
  /** An unsigned Exp-Golomb number; of 32 leading zeros or more nothing sensible comes. */
  const ue = (): number => {
    let zeros = 0
    while (zeros < 32 && bit() === 0) zeros++
    return 2 ** zeros - 1 + bits(zeros)
  }
  const se = (): number => {
    const code = ue()
    return code % 2 === 0 ? -code / 2 : (code + 1) / 2
  }
  return { bit, bits, ue, se }
}

type Bits = ReturnType<typeof bitsOf>

/** A payload without the bytes that keep start codes out of it. */
const unescaped = (unit: Uint8Array): Uint8Array =>
  unit.filter((byte, i) => !(byte === 3 && unit[i - 1] === 0 && unit[i - 2] === 0))

const cropped = (width: number, height: number, { bit, ue }: Bits, across: number, down: number): Size => {
  if (bit() === 0) return { width, height }
  const [left, right, top, bottom] = [ue(), ue(), ue(), ue()]
  return { width: width - across * (left + right), height: height - down * (top + bottom) }
}

const skipScalingList = ({ se }: Bits, size: number): void => {
  let [last, next] = [8, 8]
  for (let i = 0; i < size; i++) {
    if (next !== 0) next = (last + se() + 256) % 256
    if (next !== 0) last = next
  }
}

/** Profiles of H.264 whose parameter sets tell chroma and scaling lists. */
const high: ReadonlySet<number> = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135])

/** Reads chroma and scaling lists; gives the chroma format (1 is 4:2:0). */
const chromaOf = (read: Bits): number => {
  const { bit, ue } = read
  const chroma = ue()
  if (chroma === 3) bit()
  ue()
  ue()
  bit()
  const lists = bit() === 1 ? (chroma === 3 ? 12 : 8) : 0
  for (let i = 0; i < lists; i++) if (bit() === 1) skipScalingList(read, i < 6 ? 16 : 64)
  return chroma
}

/** Sequence parameter set of H.264 (§7.3.2.1.1), behind its head. */
const sizeH264 = (payload: Uint8Array): Size => {
  const read = bitsOf(payload)
  const { bit, bits, ue, se } = read
  const profile = bits(8)
  bits(16)
  ue()
  const chroma = high.has(profile) ? chromaOf(read) : 1
  ue()
  const order = ue()
  if (order === 0) ue()
  if (order === 1) {
    bit()
    se()
    se()
    for (let left = Math.min(255, ue()); left > 0; left--) se()
  }
  ue()
  bit()
  const [width, rows] = [16 * (ue() + 1), ue() + 1]
  const fields = bit() === 1 ? 1 : 2
  if (fields === 2) bit()
  bit()
  const [across, down] = [chroma === 1 || chroma === 2 ? 2 : 1, chroma === 1 ? 2 : 1]
  return cropped(width, 16 * rows * fields, read, across, down * fields)
}

/** Sequence parameter set of HEVC (§7.3.2.2.1), behind its head. */
const sizeHevc = (payload: Uint8Array): Size => {
  const read = bitsOf(payload)
  const { bit, bits, ue } = read
  bits(4)
  const layers = bits(3)
  bits(1 + 88 + 8)
  const present = Array.from({ length: layers }, () => [bit(), bit()] as const)
  if (layers > 0) bits(2 * (8 - layers))
  for (const [profile, level] of present) bits(88 * profile + 8 * level)
  ue()
  const chroma = ue()
  if (chroma === 3) bit()
  const [width, height] = [ue(), ue()]
  return cropped(width, height, read, chroma === 1 || chroma === 2 ? 2 : 1, chroma === 1 ? 2 : 1)
}

/** Frame header of JPEG (ITU-T T.81 §B.2.2), behind its marker. */
const sizeJpeg = (payload: Uint8Array): Size => {
  const { bits } = bitsOf(payload)
  bits(24)
  const [height, width] = [bits(16), bits(16)]
  return { width, height }
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
