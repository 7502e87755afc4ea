import { either as E } from 'fp-ts'
import { fault } from '../flow/index.ts'
import type { Frames, MediaFault } from './types.ts'

/**
 * How weights and sums are computed. `float`: in float32 through both directions, rounded half to even once, as
 * `torchvision.transforms.functional` does on uint8, which qwen_vl_utils calls. `fixed`: weights of 16 bits and a byte after each direction,
 * as ATen does on uint8 (UpSampleKernel.cpp), which `torchvision.transforms.v2` and with it the processors of transformers call. They
 * differ by 1 of 255 here and there, and by more where a sharp edge overshoots in the first direction.
 */
export type Resizing = 'float' | 'fixed'

/** For each output place: the first input place and the weights of it and those after. */
interface Taps {
  readonly first: Int32Array
  readonly count: Int32Array
  /** `stride` weights an output place; their sum is 1. */
  readonly weights: Float64Array
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
  const [first, count, weights] = [new Int32Array(to), new Int32Array(to), new Float64Array(to * stride)]
  for (let i = 0; i < to; i++) {
    const center = scale * (i + 0.5)
    const low = Math.max(Math.trunc(center - support + 0.5), 0)
    const n = Math.min(Math.min(Math.trunc(center + support + 0.5), from) - low, stride)
    const raw = Array.from({ length: n }, (_, j) => cubic((j + low - center + 0.5) * (1 / stretch)))
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

/** Where the numbers of one direction go: single precision between the two, or bytes. */
interface Pass {
  readonly weights: ArrayLike<number>
  /** What a sum begins with, and what of it is kept. */
  readonly start: number
  readonly kept: (sum: number) => number
}

const inFloat = ({ weights }: Taps, last: boolean): Pass => ({
  weights: Float32Array.from(weights),
  start: 0,
  kept: last ? byte : sum => sum,
})

/** Bits after the point: as many as let the largest weight, rounded, stay below 2^15; at most 22. */
const precisionOf = (weights: Float64Array): number => {
  const most = weights.reduce((a, b) => Math.max(a, b), 0)
  let precision = 0
  while (precision < 22 && Math.trunc(0.5 + most * 2 ** (precision + 1)) < 2 ** 15) precision++
  return precision
}

const inFixed = ({ weights }: Taps): Pass => {
  const precision = precisionOf(weights)
  return {
    weights: Int32Array.from(weights, w => Math.trunc(w * 2 ** precision + (w < 0 ? -0.5 : 0.5))),
    start: 2 ** (precision - 1),
    kept: sum => Math.min(255, Math.max(0, sum >> precision)),
  }
}

/** How both directions of a resize are computed. */
interface Passes {
  readonly across: readonly [Taps, Pass]
  readonly down: readonly [Taps, Pass]
}

/** One RGB picture: along its rows first, then along its columns. */
const resizeOne = (
  rgb: Uint8Array,
  [height, width]: readonly [number, number],
  [toHeight, toWidth]: readonly [number, number],
  { across: [along, first], down: [below, second] }: Passes,
  middle: Float32Array | Uint8Array,
  out: Uint8Array,
): void => {
  for (let x = 0; x < toWidth; x++) {
    const from = along.first[x]! * 3
    const n = along.count[x]!
    const w = x * along.stride
    for (let y = 0; y < height; y++) {
      let at = y * width * 3 + from
      let [r, g, b] = [first.start, first.start, first.start]
      for (let j = 0; j < n; j++, at += 3) {
        const weight = first.weights[w + j]!
        r += weight * rgb[at]!
        g += weight * rgb[at + 1]!
        b += weight * rgb[at + 2]!
      }
      const to = (y * toWidth + x) * 3
      middle[to] = first.kept(r)
      middle[to + 1] = first.kept(g)
      middle[to + 2] = first.kept(b)
    }
  }
  const row = toWidth * 3
  for (let y = 0; y < toHeight; y++) {
    const from = below.first[y]! * row
    const n = below.count[y]!
    const w = y * below.stride
    for (let i = 0; i < row; i++) {
      let sum = second.start
      for (let j = 0, at = from + i; j < n; j++, at += row) sum += second.weights[w + j]! * middle[at]!
      out[y * row + i] = second.kept(sum)
    }
  }
}

/**
 * Resizes every frame with bicubic interpolation and antialiasing, as torchvision's `resize` does on uint8 in one of its two ways (`float`
 * when not said). A side that keeps its length is left as it is. Holds one frame of what stands between the two directions. `BadSize` for
 * an empty target.
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
export const resize = (
  frames: Frames,
  height: number,
  width: number,
  resizing: Resizing = 'float',
): E.Either<MediaFault, Frames> => {
  if (!(Number.isInteger(height) && Number.isInteger(width) && height > 0 && width > 0))
    return E.left(
      fault('BadSize', `cannot resize ${frames.width}×${frames.height} to ${width}×${height}`, 'Allow more pixels.'),
    )
  if (height === frames.height && width === frames.width) return E.right(frames)
  const [below, along] = [taps(frames.height, height), taps(frames.width, width)]
  const passes: Passes =
    resizing === 'float'
      ? { across: [along, inFloat(along, false)], down: [below, inFloat(below, true)] }
      : { across: [along, inFixed(along)], down: [below, inFixed(below)] }
  const between = frames.height * width * 3
  const middle = resizing === 'float' ? new Float32Array(between) : new Uint8Array(between)
  const data = new Uint8Array(frames.count * height * width * 3)
  const [size, toSize] = [frames.height * frames.width * 3, height * width * 3]
  for (let i = 0; i < frames.count; i++)
    resizeOne(
      frames.data.subarray(i * size, (i + 1) * size),
      [frames.height, frames.width],
      [height, width],
      passes,
      middle,
      data.subarray(i * toSize, (i + 1) * toSize),
    )
  return E.right({ ...frames, data, height, width })
}
