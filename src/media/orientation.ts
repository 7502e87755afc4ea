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
