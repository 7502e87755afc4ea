/** Weights of red and blue in luma: ITU-R BT.601, BT.709, BT.2020, SMPTE 240M and FCC, as H.273 lists them. */
export const lumaWeights = {
  bt601: [0.299, 0.114],
  bt709: [0.2126, 0.0722],
  bt2020: [0.2627, 0.0593],
  smpte240m: [0.212, 0.087],
  fcc: [0.3, 0.11],
} as const

/** How RGB becomes luma and chroma. */
export interface Coding {
  readonly matrix: keyof typeof lumaWeights
  /** `limited`: 16 to 235 of 255; `full`: 0 to 255. */
  readonly range: 'limited' | 'full'
  readonly bits: 8 | 10
  /** Chroma samples a pixel: a quarter (4:2:0), half (4:2:2) or one (4:4:4). */
  readonly chroma: '420' | '422' | '444'
}

/** Luma and chroma planes, packed one after the other; 10 bits in two bytes each, low byte first. */
export const toYuv = (rgb: Uint8Array, width: number, height: number, coding: Coding): Buffer => {
  const [kr, kb] = lumaWeights[coding.matrix]
  const unit = 2 ** (coding.bits - 8)
  const [floor, span, swing] = coding.range === 'limited' ? [16, 219, 224] : [0, 255, 255]
  const [across, down] = coding.chroma === '420' ? [2, 2] : coding.chroma === '422' ? [2, 1] : [1, 1]
  const small = (width / across) * (height / down)
  const out = Buffer.alloc((width * height + 2 * small) * (unit === 1 ? 1 : 2))
  const put = (place: number, value: number) => {
    const level = Math.max(0, Math.min(256 * unit - 1, Math.round(value * unit)))
    if (unit === 1) out[place] = level
    else out.writeUInt16LE(level, 2 * place)
  }
  const luma = (place: number) => kr * rgb[place]! + (1 - kr - kb) * rgb[place + 1]! + kb * rgb[place + 2]!
  for (let i = 0; i < width * height; i++) put(i, floor + (luma(3 * i) / 255) * span)
  for (let y = 0; y < height; y += down)
    for (let x = 0; x < width; x += across) {
      let [blue, red] = [0, 0]
      for (let dy = 0; dy < down; dy++)
        for (let dx = 0; dx < across; dx++) {
          const place = 3 * ((y + dy) * width + x + dx)
          blue += (rgb[place + 2]! - luma(place)) / (2 - 2 * kb)
          red += (rgb[place]! - luma(place)) / (2 - 2 * kr)
        }
      const place = width * height + (y / down) * (width / across) + x / across
      put(place, 128 + (blue / across / down / 255) * swing)
      put(place + small, 128 + (red / across / down / 255) * swing)
    }
  return out
}
