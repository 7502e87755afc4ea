import { type PackedType, rowsAndColumns, wordsOf } from './packed.ts'

/** IEEE half precision to float32: exact. */
const fromHalf = (h: number): number => {
  const [sign, exponent, fraction] = [h & 0x8000 ? -1 : 1, (h >> 10) & 31, h & 1023]
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return exponent === 0 ? sign * 2 ** -24 * fraction : sign * 2 ** (exponent - 25) * (1024 + fraction)
}

const unpackBrain = (words: Int32Array, out: Int32Array): void => {
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!
    out[2 * i] = word << 16
    out[2 * i + 1] = word & -65536
  }
}

const unpackHalf = (words: Int32Array, out: Float32Array): void => {
  for (let i = 0; i < words.length; i++) {
    out[2 * i] = fromHalf(words[i]! & 0xffff)
    out[2 * i + 1] = fromHalf(words[i]! >>> 16)
  }
}

const unpackBytes = (words: Int32Array, out: Float32Array, columns: number): void => {
  const stride = wordsOf('I8', columns)
  const bytes = new Int8Array(words.buffer, words.byteOffset, words.byteLength)
  const factors = new Float32Array(words.buffer, words.byteOffset, words.length)
  for (let row = 0; row * stride < words.length; row++) {
    const factor = factors[(row + 1) * stride - 1]!
    for (let i = 0; i < columns; i++) out[row * columns + i] = factor * bytes[4 * row * stride + i]!
  }
}

/** The numbers that words stand for, as float32: exact. */
export const unpack = (words: Int32Array, type: PackedType, shape: readonly number[]): Float32Array => {
  const [rows, columns] = rowsAndColumns(shape)
  const out = new Float32Array(rows * columns)
  if (type === 'BF16') unpackBrain(words, new Int32Array(out.buffer))
  else if (type === 'F16') unpackHalf(words, out)
  else unpackBytes(words, out, columns)
  return out
}

/** Round half to even, as hardware does. */
const nearest = (x: number): number => {
  const down = Math.floor(x)
  const rest = x - down
  return rest > 0.5 || (rest === 0.5 && down % 2 !== 0) ? down + 1 : down
}

/**
 * Rows of numbers in 8 bits: each row is a factor, its largest magnitude / 127, times whole numbers from −127 to 127 (absmax
 * quantisation, Dettmers et al. 2022, arXiv 2208.07339, section 2.1). No number is off by more than half a factor.
 */
export const packBytes = (values: Float32Array, columns: number): Int32Array => {
  const stride = wordsOf('I8', columns)
  const rows = values.length / columns
  const words = new Int32Array(rows * stride)
  const bytes = new Int8Array(words.buffer)
  const factors = new Float32Array(words.buffer)
  for (let row = 0; row < rows; row++) {
    let most = 0
    for (let i = row * columns; i < (row + 1) * columns; i++) most = Math.max(most, Math.abs(values[i]!))
    const factor = Math.fround(most / 127)
    factors[(row + 1) * stride - 1] = factor
    if (factor > 0)
      for (let i = 0; i < columns; i++)
        bytes[4 * row * stride + i] = Math.max(-127, Math.min(127, nearest(values[row * columns + i]! / factor)))
  }
  return words
}

const one = new Float32Array(1)
const bits = new Uint32Array(one.buffer)

/** Numbers in the 16 bits of bfloat16, rounded half to even. Values that are not finite stay so. */
export const packBrain = (values: Float32Array): Int32Array => {
  const halves = new Uint16Array(values.length)
  for (let i = 0; i < values.length; i++) {
    one[0] = values[i]!
    const b = bits[0]!
    halves[i] = Number.isNaN(one[0]) ? 0x7fc0 : (b + 0x7fff + ((b >>> 16) & 1)) >>> 16
  }
  return new Int32Array(halves.buffer)
}

/** The signs of two numbers in a word. */
const signs = 0x80008000 | 0
/** Words that are looked at before a decision. */
const scanned = 4096

/** The first number that is infinite or none among packed 16-bit numbers; −1 where all are finite. */
export const notFinite = (words: Int32Array, type: 'BF16' | 'F16'): number => {
  // Exponents of all ones, plus one at their lowest bit, reach the bits of the signs.
  const [exponents, ones] = type === 'BF16' ? [0x7f807f80, 0x00800080] : [0x7c007c00, 0x04000400]
  for (let from = 0; from < words.length; from += scanned) {
    const end = Math.min(words.length, from + scanned)
    let carried = 0
    for (let i = from; i < end; i++) carried |= (words[i]! & exponents) + ones
    if ((carried & signs) === 0) continue
    for (let i = from; i < end; i++) {
      const carry = ((words[i]! & exponents) + ones) & signs
      if (carry !== 0) return 2 * i + ((carry & 0x8000) === 0 ? 1 : 0)
    }
  }
  return -1
}
