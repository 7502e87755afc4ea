import type { ColourCodes } from '../colour.ts'
import { type Bits, bitsOf } from './bits.ts'
import { cropped, type Size } from './cropped.ts'

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

/** The size of pictures, and how their chroma is sampled. */
interface Coded extends Size {
  readonly chroma: number
}

/** Sequence parameter set of H.264 (§7.3.2.1.1), behind its head, up to what it says of usability. */
const sizeIn = (read: Bits): Coded => {
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
  return { chroma, ...cropped(width, 16 * rows * fields, read, across, down * fields) }
}

/** The size that a sequence parameter set of H.264 says. */
export const sizeH264 = (payload: Uint8Array): Size => {
  const { width, height } = sizeIn(bitsOf(payload))
  return { width, height }
}

/** Aspect ratio code after which width and height follow. */
const extended = 255

/** Shapes of pixels by their code (table E-1). */
const shapes: readonly (readonly [number, number])[] = [
  [0, 1],
  [1, 1],
  [12, 11],
  [10, 11],
  [16, 11],
  [40, 33],
  [24, 11],
  [20, 11],
  [32, 11],
  [80, 33],
  [18, 11],
  [15, 11],
  [64, 33],
  [160, 99],
  [4, 3],
  [3, 2],
  [2, 1],
]

/** What a sequence parameter set of H.264 says of pictures in 4:2:0: their size, and a pixel's width over its height (0: not told). */
export const pictureH264 = (payload: Uint8Array): (Size & { readonly aspect: number }) | undefined => {
  const read = bitsOf(payload)
  const { bit, bits } = read
  const { width, height, chroma } = sizeIn(read)
  if (chroma !== 1) return undefined
  const code = bit() === 1 && bit() === 1 ? bits(8) : 0
  const [across, down] = code === extended ? [bits(16), bits(16)] : (shapes[code] ?? [0, 1])
  return { width, height, aspect: down === 0 ? 0 : across / down }
}

/** How a sequence parameter set of H.264 says its colours are meant (§E.1.1), by the numbers of `colourOf`; without what it does not say. */
export const colourH264 = (payload: Uint8Array): Partial<ColourCodes> => {
  const read = bitsOf(payload)
  const { bit, bits } = read
  sizeIn(read)
  if (bit() === 0) return {}
  if (bit() === 1 && bits(8) === extended) bits(32)
  if (bit() === 1) bit()
  if (bit() === 0) return {}
  bits(3)
  const range = bit() === 1 ? 2 : 1
  return bit() === 0 ? { range } : { range, primaries: bits(8), transfer: bits(8), matrix: bits(8) }
}
