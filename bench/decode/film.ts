import { random } from '../random.ts'

/** A painted backdrop twice as wide and high as the picture: soft waves of colour with fine grain. */
const backdrop = (width: number, height: number): Uint8Array => {
  const next = random(1)
  const out = new Uint8Array(width * height * 3)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const grain = (next() - 0.5) * 24
      const base = 3 * (y * width + x)
      out[base] = 128 + 70 * Math.sin(x / 37 + y / 91) + grain
      out[base + 1] = 128 + 70 * Math.sin(x / 53 - y / 29 + 1) + grain
      out[base + 2] = 128 + 70 * Math.sin((x + y) / 71 + 2) + grain
    }
  return out
}

/**
 * One take without cuts: a camera that wanders over a backdrop on a path that never repeats, and boxes that cross the
 * picture at speeds of their own. Without cuts an encoder sets key frames at its longest distance only.
 */
export function* film(frames: number, width: number, height: number): Generator<Uint8Array> {
  const [wide, high] = [2 * width, 2 * height]
  const back = backdrop(wide, high)
  const out = new Uint8Array(width * height * 3)
  const wander = (i: number, room: number, slow: number) =>
    Math.floor((room * (2 + Math.sin(i / slow) + Math.sin(i / (slow * Math.SQRT2)))) / 4)
  for (let i = 0; i < frames; i++) {
    const [x0, y0] = [wander(i, width, 97), wander(i, height, 71)]
    for (let y = 0; y < height; y++) {
      const from = 3 * ((y0 + y) * wide + x0)
      out.set(back.subarray(from, from + 3 * width), 3 * y * width)
    }
    for (let box = 0; box < 5; box++) {
      const [left, top] = [(i * (box + 2) + box * 113) % (width - 60), (i * (5 - box) + box * 57) % (height - 60)]
      for (let y = top; y < top + 50; y++) out.fill(40 * box + 30, 3 * (y * width + left), 3 * (y * width + left + 50))
    }
    yield out
  }
}
