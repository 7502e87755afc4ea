/** How a stored picture becomes upright: mirrored left to right where so told, then turned clockwise. */
export interface Orientation {
  readonly mirrored: boolean
  /** Clockwise degrees: 0, 90, 180 or 270. */
  readonly rotation: number
}

/** Pictures that are stored upright. */
export const upright: Orientation = { mirrored: false, rotation: 0 }

/** Whether width and height change places. */
export const turnsAside = ({ rotation }: Orientation): boolean => rotation % 180 !== 0

/**
 * Writes an RGB picture upright into `out` at `offset`. [height, width, 3] in; for quarter turns the result is
 * [width, height, 3].
 */
export const orientInto = (
  rgb: Uint8Array,
  width: number,
  height: number,
  { mirrored, rotation }: Orientation,
  out: Uint8Array,
  offset: number,
): void => {
  if (rotation === 0 && !mirrored) {
    out.set(rgb.subarray(0, width * height * 3), offset)
    return
  }
  const [corner, right, down] =
    rotation === 0
      ? [0, 1, width]
      : rotation === 90
        ? [height - 1, height, -1]
        : rotation === 180
          ? [width * height - 1, -1, -width]
          : [(width - 1) * height, -height, 1]
  const [start, alongX] = mirrored ? [corner + (width - 1) * right, -right] : [corner, right]
  let from = 0
  for (let y = 0; y < height; y++)
    for (let x = 0, to = offset + 3 * (start + y * down); x < width; x++, to += 3 * alongX, from += 3) {
      out[to] = rgb[from]!
      out[to + 1] = rgb[from + 1]!
      out[to + 2] = rgb[from + 2]!
    }
}

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
