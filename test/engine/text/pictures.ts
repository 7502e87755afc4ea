import type { Clip, Frames } from 'kinograd/media'

/** Pictures as make-processor.py draws them. */
export const drawn = (seed: number, count: number, height: number, width: number): Frames => {
  const data = new Uint8Array(count * height * width * 3)
  let at = 0
  for (let t = 0; t < count; t++)
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++)
        for (let c = 0; c < 3; c++) data[at++] = ((3 * y + 2 * x + 17 * c + 11 * t + 5 * seed) % 200) + 20
  return { data, count, height, width, times: Array.from({ length: count }, (_, i) => i / 2) }
}

/** A clip of which so many frames a second are sampled when `count` of them are taken. */
export const clipOf = (count: number, rate: number, more: Partial<Clip> = {}): Clip => ({
  path: 'a.mp4',
  durationSeconds: count / rate,
  frameCount: 10 * count,
  fps: 10 * rate,
  width: 56,
  height: 56,
  codec: 'h264',
  rotation: 0,
  ...more,
})
