import { random } from '../../../random.ts'

/** What is done to a file. */
export type Kind = 'flips' | 'cut' | 'hole' | 'lengths' | 'zeros' | 'splice' | 'repeat' | 'swap'

const kinds: readonly Kind[] = ['flips', 'cut', 'hole', 'lengths', 'zeros', 'splice', 'repeat', 'swap']

/** Numbers that length fields like to break on. */
const edges = [0, 1, 7, 8, 0x7f, 0xff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffff7, 0xffffffff]

/** Places of four-letter names of boxes (MP4), chunks (AVI) and of the marks that Matroska and FLV put before lengths. */
const lengthFields = (bytes: Buffer): readonly number[] => {
  const out: number[] = []
  const letter = (byte: number) => (byte >= 97 && byte <= 122) || (byte >= 65 && byte <= 90)
  for (let i = 4; i + 8 <= bytes.length && out.length < 2000; i++) {
    if ([0, 1, 2, 3].every(k => letter(bytes[i + k]!))) out.push(i - 4, i + 4)
    if (bytes[i] === 0x1a && bytes[i + 1] === 0x45) out.push(i + 4)
    if (bytes[i] === 0x18 && bytes[i + 1] === 0x53) out.push(i + 4)
    if (bytes[i] === 0x1f && bytes[i + 1] === 0x43) out.push(i + 4)
    if (bytes[i] === 0xa3) out.push(i + 1)
  }
  return out
}

/** Where changes begin: often near the head, where containers describe themselves. */
const place = (next: () => number, length: number): number =>
  Math.floor(next() < 0.4 ? next() * Math.min(length, 600) : next() * length)

const change: Readonly<Record<Kind, (bytes: Buffer, next: () => number, other: Buffer) => Buffer>> = {
  flips: (bytes, next) => {
    for (let n = 1 + Math.floor(next() * 30); n > 0; n--) bytes[place(next, bytes.length)] = Math.floor(next() * 256)
    return bytes
  },
  cut: (bytes, next) => bytes.subarray(0, place(next, bytes.length)),
  hole: (bytes, next) => {
    const from = place(next, bytes.length)
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + 1 + Math.floor(next() * 400))])
  },
  lengths: (bytes, next) => {
    const fields = lengthFields(bytes)
    for (let n = 1 + Math.floor(next() * 4); n > 0 && fields.length > 0; n--) {
      const field = fields[Math.floor(next() * fields.length)]!
      if (field + 4 > bytes.length) continue
      const edge =
        next() < 0.5
          ? edges[Math.floor(next() * edges.length)]!
          : bytes.readUInt32BE(field) + Math.floor(next() * 33) - 16
      bytes.writeUInt32BE(edge >>> 0, field)
    }
    return bytes
  },
  zeros: (bytes, next) => {
    const from = place(next, bytes.length)
    bytes.subarray(from, from + 1 + Math.floor(next() * 200)).fill(next() < 0.5 ? 0 : 255)
    return bytes
  },
  splice: (bytes, next, other) =>
    Buffer.concat([bytes.subarray(0, place(next, bytes.length)), other.subarray(place(next, other.length))]),
  repeat: (bytes, next) => {
    const from = place(next, bytes.length)
    const piece = bytes.subarray(from, from + 1 + Math.floor(next() * 600))
    return Buffer.concat([bytes.subarray(0, from), piece, piece, bytes.subarray(from)])
  },
  swap: (bytes, next) => {
    const [a = 0, b = 0, c = 0] = [
      place(next, bytes.length),
      place(next, bytes.length),
      place(next, bytes.length),
    ].sort((x, y) => x - y)
    return Buffer.concat([bytes.subarray(0, a), bytes.subarray(b, c), bytes.subarray(a, b), bytes.subarray(c)])
  },
}

/** A mutated file and what was done. */
export interface Mutated {
  readonly bytes: Buffer
  /** Name of the file that it was made of. */
  readonly base: string
  readonly kinds: readonly Kind[]
}

/** The mutated file of a seed: the same seed and the same files give the same bytes. */
export const mutated = (files: readonly (readonly [name: string, bytes: Buffer])[], seed: number): Mutated => {
  const next = random(seed)
  for (let i = 0; i < 3; i++) next()
  const [base, whole] = files[Math.floor(next() * files.length)]!
  const [, other] = files[Math.floor(next() * files.length)]!
  let bytes = Buffer.from(whole)
  const done: Kind[] = []
  for (let n = next() < 0.7 ? 1 : 2; n > 0; n--) {
    const kind = kinds[Math.floor(next() * kinds.length)]!
    done.push(kind)
    if (bytes.length > 0) bytes = Buffer.from(change[kind](bytes, next, other))
  }
  return { bytes, base, kinds: done }
}
