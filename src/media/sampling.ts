import { either as E } from 'fp-ts'
import { fault } from '../flow/index.ts'
import type { MediaFault } from './types.ts'

/** Which frames of a clip are taken, as a plain value that is stored with the item. */
export type FrameSampling =
  /** n frames evenly spaced from the first to the last; n is rounded to even, half to even (`nframes`). */
  | ({ readonly kind: 'uniform'; readonly count: number } & OrFewer)
  /** `rate` frames a second, even in number, at least `min` and at most `max`. */
  | { readonly kind: 'fps'; readonly rate: number; readonly min: number; readonly max: number }
  /** The frames on screen at these seconds. */
  | { readonly kind: 'at'; readonly times: readonly number[] }
  /** `budget` frames, denser where the picture changes. */
  | ({ readonly kind: 'adaptive'; readonly budget: number } & OrFewer)

/** What is done where a clip has fewer frames than are asked for. */
export interface OrFewer {
  /**
   * Take as many as there are, an even number of them, or one of one, as the field's loaders do
   * (`fps` of `smart_nframes` caps its number so). A clip with too few is `BadSampling` unless given.
   */
  readonly atMost?: boolean
}

type Specification<Kind extends FrameSampling['kind']> = Extract<FrameSampling, { readonly kind: Kind }>

/**
 * n frames evenly spaced from the first to the last; n is rounded to even.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { frameCount, spaced, uniform } from 'kinograd/media'
 *
 * const count = frameCount(uniform(5), 100, 25)
 * assert(count._tag === 'Right' && count.right === 4)
 * assert.deepEqual(spaced(100, count.right), [0, 33, 66, 99])
 *
 * // Of seven frames at most 16, an even number.
 * const fewer = frameCount(uniform(16, { atMost: true }), 7, 25)
 * assert(fewer._tag === 'Right' && fewer.right === 6)
 * ```
 */
export const uniform = (count: number, orFewer: OrFewer = {}): Specification<'uniform'> => ({
  kind: 'uniform',
  count,
  ...orFewer,
})

/**
 * So many frames a second, within bounds. The defaults are those of Video-R1's training: 2 frames a second, 4 to 16 in
 * all (`src/qwen-vl-utils/src/qwen_vl_utils/vision_process.py` of tulerfeng/Video-R1).
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { fps, frameCount } from 'kinograd/media'
 *
 * // Ten seconds at 30 frames a second: 20 would be 2 a second, 16 are the most.
 * assert.deepEqual(frameCount(fps(), 300, 30), E.right(16))
 * ```
 */
export const fps = (rate = 2, min = 4, max = 16): Specification<'fps'> => ({ kind: 'fps', rate, min, max })

/**
 * The frames on screen at these seconds.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { atTimes, indicesAt } from 'kinograd/media'
 *
 * assert.deepEqual(indicesAt(atTimes([0.05, 1]).times, [0, 0.04, 0.08]), [1, 2])
 * ```
 */
export const atTimes = (times: readonly number[]): Specification<'at'> => ({ kind: 'at', times })

/**
 * So many frames, more of them where the picture changes; decodes the whole clip once to see where that is.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { adaptive } from 'kinograd/media'
 *
 * assert.deepEqual(adaptive({ budget: 16 }), { kind: 'adaptive', budget: 16 })
 * ```
 */
export const adaptive = ({ budget, ...orFewer }: { readonly budget: number } & OrFewer): Specification<'adaptive'> => ({
  kind: 'adaptive',
  budget,
  ...orFewer,
})

/** As many as wished, or where there are fewer, as many of those as are even; one of one. */
export const fewerEven = (wish: number, total: number): number =>
  wish <= total ? wish : Math.max(Math.min(1, total), Math.floor(total / factor) * factor)

/** Rounds half to even, as Python and torch do. */
export const roundHalfEven = (x: number): number => {
  const low = Math.floor(x)
  const rest = x - low
  return rest < 0.5 ? low : rest > 0.5 ? low + 1 : low % 2 === 0 ? low : low + 1
}

const factor = 2
const bad = (cause: string, remedy: string): E.Either<MediaFault, never> => E.left(fault('BadSampling', cause, remedy))

/**
 * How many frames `uniform` or `fps` takes of `total` frames at `rate` per second: `smart_nframes` in
 * `src/qwen-vl-utils/src/qwen_vl_utils/vision_process.py` of tulerfeng/Video-R1. `BadSampling` where that raises: fewer than 2, or
 * more than there are. (`sample` takes the one frame of a clip that has no other.)
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { fps, frameCount } from 'kinograd/media'
 *
 * assert.deepEqual(frameCount(fps(2, 4, 16), 90, 30), E.right(6))
 * ```
 */
export const frameCount = (
  spec: Specification<'uniform' | 'fps'>,
  total: number,
  rate: number,
): E.Either<MediaFault, number> => {
  const count = spec.kind === 'uniform' ? roundHalfEven(spec.count / factor) * factor : byRate(spec, total, rate)
  if (spec.kind === 'uniform' && spec.atMost === true && count > total && total > 0)
    return E.right(fewerEven(count, total))
  return count >= factor && count <= total
    ? E.right(count)
    : bad(
        `${count} frames asked of a clip of ${total}`,
        `A clip needs at least ${factor} frames, and no more can be taken than there are.`,
      )
}

const byRate = (spec: Specification<'fps'>, total: number, rate: number): number => {
  const least = Math.ceil(spec.min / factor) * factor
  const most = Math.floor(Math.min(spec.max, total) / factor) * factor
  const wish = (total / rate) * spec.rate
  return Math.floor(Math.min(Math.min(Math.max(wish, least), most), total) / factor) * factor
}

/**
 * `torch.linspace(0, total − 1, count).round()`: single precision, the second half counted back from the end with one
 * rounding (a fused multiply-add, as torch's CPU kernel compiles to), half to even.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { spaced } from 'kinograd/media'
 *
 * assert.deepEqual(spaced(10, 4), [0, 3, 6, 9])
 * ```
 */
export const spaced = (total: number, count: number): number[] => {
  const end = Math.fround(total - 1)
  if (count === 1) return [0]
  const step = Math.fround(end / Math.fround(count - 1))
  const half = Math.floor(count / 2)
  return Array.from({ length: count }, (_, i) =>
    roundHalfEven(Math.fround(i < half ? step * i : end - step * (count - i - 1))),
  )
}

/**
 * Index of the frame on screen at each time: the last one that is not later; the first frame before its own time.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { indicesAt } from 'kinograd/media'
 *
 * assert.deepEqual(indicesAt([0, 0.05, 9], [0, 0.04, 0.08]), [0, 1, 2])
 * ```
 */
export const indicesAt = (times: readonly number[], frameTimes: readonly number[]): number[] =>
  times.map(time => {
    let low = 0
    let high = frameTimes.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (frameTimes[middle]! <= time + 1e-9) low = middle + 1
      else high = middle
    }
    return Math.max(0, low - 1)
  })
