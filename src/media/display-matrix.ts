import { type Orientation, upright } from './orientation.ts'

/** Off-axis entries up to this share of the others come from rounding: half a degree. */
const slack = 0.01

/**
 * What a display matrix asks for (nine numbers, row by row: a b u, c d v, x y w, of which a to d are 16.16 and u, v, w
 * 2.30; ISO 14496-12 §8.3.2): one of the eight turns and mirrors. Sizes are left to the sample aspect ratio and places
 * to whoever shows the picture; a matrix of zeros says nothing. Undefined for any other matrix: slanted, or in perspective.
 */
export const orientationOf = (matrix: readonly number[]): Orientation | undefined => {
  const [a = 0, b = 0, u = 0, c = 0, d = 0, v = 0] = matrix
  if (matrix.every(entry => entry === 0)) return upright
  const straight = Math.abs(a) + Math.abs(d) > Math.abs(b) + Math.abs(c)
  const [onAxis, offAxis] = straight
    ? [
        [a, d],
        [b, c],
      ]
    : [
        [b, c],
        [a, d],
      ]
  const least = Math.min(...onAxis.map(Math.abs))
  if (u !== 0 || v !== 0 || least === 0 || offAxis.some(entry => Math.abs(entry) > slack * least)) return undefined
  // Mirrored first, then turned by t: a = −cos t, b = −sin t, c = −sin t, d = cos t; not mirrored: a = cos t, b = sin t.
  const rotation = straight ? (d > 0 ? 0 : 180) : c < 0 ? 90 : 270
  return { mirrored: a * d - b * c < 0, rotation }
}

/** The nine entries of a display matrix as FFmpeg keeps it: 32-bit numbers, little-endian. */
export const matrixEntries = (bytes: Uint8Array): number[] | undefined => {
  if (bytes.length < 36) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, 36)
  return Array.from({ length: 9 }, (_, i) => view.getInt32(4 * i, true))
}
