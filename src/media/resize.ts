import { either as E } from 'fp-ts'
import { fault } from '../flow/index.ts'
import type { Frames, MediaFault } from './types.ts'

/** For each output place: the first input place and the weights of it and those after. */
interface Taps {
  readonly first: Int32Array
  readonly count: Int32Array
  /** `stride` weights an output place. */
  readonly weights: Float32Array
  readonly stride: number
}

/** Keys' cubic with a = −0.5, as PIL and torch use it where antialiasing is on. */
const cubic = (x: number): number => {
  const d = Math.abs(x)
  return d < 1 ? (1.5 * d - 2.5) * d * d + 1 : d < 2 ? ((-0.5 * d + 2.5) * d - 4) * d + 2 : 0
}

const taps = (from: number, to: number): Taps => {
  const scale = from / to
  const stretch = Math.max(scale, 1)
  const support = 2 * stretch
  const stride = Math.ceil(support) * 2 + 1
  const [first, count, weights] = [new Int32Array(to), new Int32Array(to), new Float32Array(to * stride)]
  for (let i = 0; i < to; i++) {
    const center = scale * (i + 0.5)
    const low = Math.max(Math.trunc(center - support + 0.5), 0)
    const n = Math.min(Math.min(Math.trunc(center + support + 0.5), from) - low, stride)
    const raw = Array.from({ length: n }, (_, j) => cubic((j + low - center + 0.5) / stretch))
    const sum = raw.reduce((a, b) => a + b, 0)
    first[i] = low
    count[i] = n
    for (let j = 0; j < n; j++) weights[i * stride + j] = raw[j]! / sum
  }
  return { first, count, weights, stride }
}

/** Rounds half to even and clamps to a byte. */
const byte = (x: number): number => {
  if (x <= 0) return 0
  if (x >= 255) return 255
  const low = Math.floor(x)
  const rest = x - low
  return rest > 0.5 || (rest === 0.5 && low % 2 === 1) ? low + 1 : low
}

/** One RGB picture: rows first, then columns, single precision between the two. */
const resizeOne = (
  rgb: Uint8Array,
  [height, width]: readonly [number, number],
  [toHeight, toWidth]: readonly [number, number],
  [down, across]: readonly [Taps, Taps],
  middle: Float32Array,
  out: Uint8Array,
): void => {
  for (let x = 0; x < toWidth; x++) {
    const first = across.first[x]! * 3
    const n = across.count[x]!
    const w = x * across.stride
    for (let y = 0; y < height; y++) {
      let from = y * width * 3 + first
      let [r, g, b] = [0, 0, 0]
      for (let j = 0; j < n; j++, from += 3) {
        const weight = across.weights[w + j]!
        r += weight * rgb[from]!
        g += weight * rgb[from + 1]!
        b += weight * rgb[from + 2]!
      }
      const to = (y * toWidth + x) * 3
      middle[to] = r
      middle[to + 1] = g
      middle[to + 2] = b
    }
  }
  const row = toWidth * 3
  for (let y = 0; y < toHeight; y++) {
    const first = down.first[y]! * row
    const n = down.count[y]!
    const w = y * down.stride
    for (let i = 0; i < row; i++) {
      let sum = 0
      for (let j = 0, from = first + i; j < n; j++, from += row) sum += down.weights[w + j]! * middle[from]!
      out[y * row + i] = byte(sum)
    }
  }
}

/**
 * Resizes every frame with bicubic interpolation and antialiasing, as torchvision's `resize` does on uint8
 * (in float, rounded half to even, clamped). Holds one frame of intermediate floats. `BadSize` for an empty target.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { resize } from 'kinograd/media'
 *
 * const frames = { data: new Uint8Array(2 * 4 * 6 * 3).fill(9), count: 2, height: 4, width: 6, times: [0, 1] }
 * const small = resize(frames, 2, 3)
 * assert(small._tag === 'Right')
 * assert.deepEqual([...small.right.data], new Array(2 * 2 * 3 * 3).fill(9))
 * ```
 */
export const resize = (frames: Frames, height: number, width: number): E.Either<MediaFault, Frames> => {
  if (!(Number.isInteger(height) && Number.isInteger(width) && height > 0 && width > 0))
    return E.left(
      fault('BadSize', `cannot resize ${frames.width}×${frames.height} to ${width}×${height}`, 'Allow more pixels.'),
    )
  if (height === frames.height && width === frames.width) return E.right(frames)
  const both = [taps(frames.height, height), taps(frames.width, width)] as const
  const middle = new Float32Array(frames.height * width * 3)
  const data = new Uint8Array(frames.count * height * width * 3)
  const [size, toSize] = [frames.height * frames.width * 3, height * width * 3]
  for (let i = 0; i < frames.count; i++)
    resizeOne(
      frames.data.subarray(i * size, (i + 1) * size),
      [frames.height, frames.width],
      [height, width],
      both,
      middle,
      data.subarray(i * toSize, (i + 1) * toSize),
    )
  return E.right({ ...frames, data, height, width })
}
