const bars = 10

/** Bytes of red, green and blue, as drawn. */
export type Rgb = readonly [red: number, green: number, blue: number]

/** The colours that `drawBars` uses. */
export const ink = { one: 220, zero: 40, ground: 90, box: [200, 60, 30] } as const

/**
 * A picture that says its own number: ten bars in the upper half, least significant bit left, light for 1 and dark for
 * 0; below them a coloured box that moves three pixels a picture on grey.
 */
export const drawBars = (index: number, width: number, height: number): Uint8Array => {
  const out = new Uint8Array(width * height * 3)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) out.set(colourAt(index, x, y, width, height), 3 * (y * width + x))
  return out
}

/** The colour that `drawBars` gives a pixel. */
export const colourAt = (index: number, x: number, y: number, width: number, height: number): Rgb => {
  if (y < height / 2) {
    const light = (index >> Math.floor((x * bars) / width)) & 1 ? ink.one : ink.zero
    return [light, light, light]
  }
  return (x + index * 3) % width < width / 4 ? ink.box : [ink.ground, ink.ground, ink.ground]
}

/** Reads the number of a picture made by `drawBars`, at any size: RGB bytes, rows from the top. */
export const readBars = (rgb: Uint8Array, width: number, height: number): number => {
  const row = 3 * width * Math.floor(height / 4)
  let out = 0
  for (let bar = 0; bar < bars; bar++) {
    const green = row + 3 * Math.floor(((bar + 0.5) * width) / bars) + 1
    if (rgb[green]! > (ink.one + ink.zero) / 2) out |= 1 << bar
  }
  return out
}
