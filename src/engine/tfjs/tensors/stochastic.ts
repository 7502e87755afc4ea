/** Where random bits come from: a seed, and the place of the first number among all that share it. */
export interface Draw {
  readonly seed: number
  readonly from: number
}

/** 32 random bits that depend on seed and place alone (the finaliser of MurmurHash3 over both). */
const bitsAt = (seed: number, place: number): number => {
  let h = (Math.imul(place, 0x9e3779b1) + seed) | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}

const exponent = 0x7f80

/** The upper half of a float's bits, one more where the lower half and 16 random bits carry. */
const upper = (bits: number, random: number): number => {
  const half = ((bits + random) >>> 16) & 0xffff
  if ((half & exponent) !== exponent) return half
  // Of what is finite nothing becomes infinite, and what is no number stays so.
  const cut = bits >>> 16
  return Number.isNaN(floatOf(bits)) ? cut | 0x40 : cut
}

const word = new Int32Array(1)
const asFloat = new Float32Array(word.buffer)
const floatOf = (bits: number): number => {
  word[0] = bits
  return asFloat[0]!
}

/**
 * Numbers in the 16 bits of bfloat16, two to a word, rounded up or down at random: up with a probability of how far on the way up they
 * are, so that the mean of many roundings is the number itself (Gupta et al. 2015, arXiv 1502.02551, section 4: stochastic rounding). A
 * number that bfloat16 has stays what it is; none is moved by a whole unit. Of an odd count the last half word is 0.
 */
export const packAtRandom = (values: Float32Array, { seed, from }: Draw): Int32Array => {
  const bits = new Int32Array(values.buffer, values.byteOffset, values.length)
  const words = new Int32Array(Math.ceil(values.length / 2))
  const pairs = values.length >> 1
  // Two neighbours of a word share 32 random bits, half each. Where a piece begins between them, each is drawn by itself.
  const split = from % 2 !== 0
  for (let i = 0; i < pairs; i++) {
    const at = from + 2 * i
    const drawn = bitsAt(seed, Math.floor(at / 2))
    const first = split ? drawn >>> 16 : drawn & 0xffff
    const second = split ? bitsAt(seed, (at + 1) / 2) & 0xffff : drawn >>> 16
    words[i] = (upper(bits[2 * i + 1]!, second) << 16) | upper(bits[2 * i]!, first)
  }
  if (values.length % 2 !== 0) {
    const at = from + values.length - 1
    const drawn = bitsAt(seed, Math.floor(at / 2))
    words[pairs] = upper(bits[values.length - 1]!, at % 2 === 0 ? drawn & 0xffff : drawn >>> 16)
  }
  return words
}
