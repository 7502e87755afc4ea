import type { Frames } from 'kinograd/media'

/** A picture, or a clip of so many frames a second, as folder.py and make-processor.py draw them. */
export const drawnAt =
  (fps: number) =>
  (seed: number, count: number, height: number, width: number): Frames => {
    const data = new Uint8Array(count * height * width * 3)
    let at = 0
    for (let t = 0; t < count; t++)
      for (let y = 0; y < height; y++)
        for (let x = 0; x < width; x++)
          for (let c = 0; c < 3; c++) data[at++] = ((3 * y + 2 * x + 17 * c + 11 * t + 5 * seed) % 200) + 20
    return { data, count, height, width, times: Array.from({ length: count }, (_, i) => i / fps) }
  }
