import type { Frames } from 'kinograd/media'
import { ink } from './font.ts'
import { random } from './random.ts'
import type { Colour, Scene, Shape } from './scene.ts'
import { centre, firstFrame, frameCount } from './scene.ts'

/** Pixels along each side of a clip, and its frames per second. */
export const side = 56
export const fps = 4

const paint: Readonly<Record<Colour, readonly [number, number, number]>> = {
  red: [225, 45, 45],
  green: [50, 200, 70],
  blue: [65, 95, 240],
  yellow: [235, 220, 60],
  purple: [180, 65, 205],
}

const inside: Readonly<Record<Shape, (dx: number, dy: number) => boolean>> = {
  circle: (dx, dy) => dx * dx + dy * dy <= 25,
  square: (dx, dy) => Math.abs(dx) <= 4.6 && Math.abs(dy) <= 4.6,
  triangle: (dx, dy) => dy >= -5.5 && dy <= 4.5 && Math.abs(dx) <= (dy + 5.5) * 0.58,
}

/** Standard deviation of the sensor noise in grey levels. H.264 adds its own. */
const noiseDeviation = 2
const noise = (() => {
  const r = random('sensor noise')
  const normal = () => Math.sqrt(-2 * Math.log(1 - r.next())) * Math.cos(2 * Math.PI * r.next())
  return Float32Array.from({ length: 1 << 16 }, () => noiseDeviation * normal())
})()

const drawText = (image: Float32Array, scene: Scene): void => {
  for (const [i, glyph] of [scene.letter, String(scene.digit)].entries())
    for (let y = 0; y < 14; y++)
      for (let x = 0; x < 10; x++)
        if (ink(glyph, x >> 1, y >> 1)) {
          const at = 3 * (y * side + scene.textX + 14 * i + x)
          image.fill(250, at, at + 3)
        }
}

/** Covers each pixel by the share of its 2 × 2 sub-pixels that lie inside the shape. */
const drawObjects = (image: Float32Array, scene: Scene, frame: number): void => {
  for (const object of scene.objects) {
    if (frame < firstFrame(object)) continue
    const [cx, cy] = centre(object, frame)
    const colour = paint[object.colour]
    const covers = inside[object.shape]
    for (let y = Math.max(0, Math.floor(cy - 6)); y <= Math.min(side - 1, Math.ceil(cy + 6)); y++)
      for (let x = Math.max(0, Math.floor(cx - 6)); x <= Math.min(side - 1, Math.ceil(cx + 6)); x++) {
        let share = 0
        for (const dy of [-0.25, 0.25])
          for (const dx of [-0.25, 0.25]) if (covers(x + dx - cx, y + dy - cy)) share += 0.25
        if (share === 0) continue
        const at = 3 * (y * side + x)
        for (let c = 0; c < 3; c++) image[at + c] = (1 - share) * (image[at + c] ?? 0) + share * (colour[c] ?? 0)
      }
  }
}

/** 3 × 3 blur (centre .5, neighbours along the axes .125 each, edges repeated), noise, rounding to bytes. */
const expose = (image: Float32Array, into: Uint8ClampedArray, at: number, phase: number): void => {
  const row = 3 * side
  for (let y = 0; y < side; y++) {
    const up = y === 0 ? 0 : -row
    const down = y === side - 1 ? 0 : row
    for (let i = 0; i < row; i++) {
      const p = y * row + i
      const left = i < 3 ? 0 : -3
      const right = i >= row - 3 ? 0 : 3
      const around = (image[p + up] ?? 0) + (image[p + down] ?? 0) + (image[p + left] ?? 0) + (image[p + right] ?? 0)
      into[at + p] = 0.5 * (image[p] ?? 0) + 0.125 * around + (noise[(phase + p) & 0xffff] ?? 0)
    }
  }
}

/** Renders a scene: uint8 [8, 56, 56, 3]. The same scene and key give the same bytes. */
export const render = (scene: Scene, ...key: readonly (string | number)[]): Frames => {
  const size = side * side * 3
  const data = new Uint8ClampedArray(frameCount * size)
  const image = new Float32Array(size)
  const r = random('exposure', ...key)
  for (let f = 0; f < frameCount; f++) {
    image.fill(scene.background)
    drawText(image, scene)
    drawObjects(image, scene, f)
    expose(image, data, f * size, r.below(1 << 16))
  }
  return {
    data: new Uint8Array(data.buffer),
    count: frameCount,
    height: side,
    width: side,
    times: Array.from({ length: frameCount }, (_, f) => f / fps),
  }
}
