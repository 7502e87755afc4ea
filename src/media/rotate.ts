/**
 * Turns an RGB picture clockwise by 0, 90, 180 or 270 degrees. [height, width, 3] in; for 90 and 270 the result is
 * [width, height, 3]. Writes into `out` at `offset`.
 */
export const rotateInto = (
  rgb: Uint8Array,
  width: number,
  height: number,
  degrees: number,
  out: Uint8Array,
  offset: number,
): void => {
  if (degrees === 0) {
    out.set(rgb.subarray(0, width * height * 3), offset)
    return
  }
  const [start, alongX, alongY] =
    degrees === 90
      ? [height - 1, height, -1]
      : degrees === 180
        ? [width * height - 1, -1, -width]
        : [(width - 1) * height, -height, 1]
  let from = 0
  for (let y = 0; y < height; y++)
    for (let x = 0, to = offset + 3 * (start + y * alongY); x < width; x++, to += 3 * alongX, from += 3) {
      out[to] = rgb[from]!
      out[to + 1] = rgb[from + 1]!
      out[to + 2] = rgb[from + 2]!
    }
}

/** Clockwise degrees that a display matrix (nine 32-bit little-endian 16.16 numbers) asks for, to the nearest right angle. */
export const rotationOf = (matrix: Uint8Array | null): number => {
  if (matrix === null || matrix.length < 36) return 0
  const view = new DataView(matrix.buffer, matrix.byteOffset, 36)
  const entry = (i: number) => view.getInt32(4 * i, true)
  const clockwise = (Math.atan2(entry(1), entry(0)) * 180) / Math.PI
  return (((Math.round(clockwise / 90) * 90) % 360) + 360) % 360
}
