/** Decoded pixels of an image, [height, width, channels]. */
export interface Raw {
  readonly data: Uint8Array
  readonly width: number
  readonly height: number
  readonly channels: number
}

/** Lays red, green, blue and alpha on white with the rounding of PIL's `paste`; three channels stay as they are. */
export const flatten = ({ data, width, height, channels }: Raw): Uint8Array => {
  if (channels === 3) return data
  const out = new Uint8Array(width * height * 3)
  for (let from = 0, to = 0; to < out.length; from += 4) {
    const alpha = data[from + 3]!
    for (let c = 0; c < 3; c++, to++) {
      const sum = 255 * (255 - alpha) + data[from + c]! * alpha + 128
      out[to] = (sum + (sum >> 8)) >> 8
    }
  }
  return out
}
