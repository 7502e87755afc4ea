import { either as E } from 'fp-ts'
import { fault } from '../../../flow/index.ts'
import type { Patches } from '../../../media/index.ts'
import type { EngineFault } from '../../engine.ts'
import type { Qwen25VLConfig } from './config.ts'
import type { MropeLayout } from './mrope-layout.ts'

/** A prompt as far as positions go: ids, and of each medium its grid and kind. */
export interface Positioned {
  readonly ids: Int32Array
  readonly media: readonly Pick<Patches, 'grid' | 'secondsPerGrid' | 'kind'>[]
}

/** What of a model positions depend on. */
interface MediaSizes {
  readonly tokens: Pick<Qwen25VLConfig['tokens'], 'image' | 'video'>
  readonly vision: Pick<Qwen25VLConfig['vision'], 'mergeSize' | 'tokensPerSecond'>
}

/** Positions of a sequence on the three axes of MRoPE. */
export interface RopeIndex {
  /** [3, L]: time, height, width. */
  readonly positions: Int32Array
  /** Largest position plus 1 minus L: Hugging Face's `rope_delta`, what its `generate` adds to later cache positions. */
  readonly delta: number
  /** Position of a text token that follows: L + delta; smaller under `transformers5` after a clip longer than wide. */
  readonly next: number
}

/** Temporal position of time step i, float32 products in the order in which each reference makes them, then truncated. */
const timeOf: Readonly<Record<MropeLayout, (i: number, seconds: number, tokensPerSecond: number) => number>> = {
  qwen: (i, seconds, rate) => Math.floor(Math.fround(Math.fround(i * seconds) * rate)),
  transformers4: (i, seconds, rate) => i * Math.trunc(seconds) * rate,
  transformers5: (i, seconds, rate) => Math.floor(Math.fround(i * Math.fround(rate * seconds))),
}

/** Whether the runs of pad tokens are the media, in order: right kind, right length (t·h·w / merge²). */
export const checkMedia = ({ ids, media }: Positioned, { tokens, vision }: MediaSizes): E.Either<EngineFault, void> => {
  const mismatch = (cause: string): E.Either<EngineFault, void> =>
    E.left(fault('BadPrompt', cause, 'Expand the media tokens from the very grids that are given as media.'))
  let at = 0
  for (const [m, { grid, kind }] of media.entries()) {
    const id = tokens[kind]
    const units = (grid[0] * grid[1] * grid[2]) / vision.mergeSize ** 2
    while (at < ids.length && ids[at] !== tokens.image && ids[at] !== tokens.video) at++
    let run = 0
    while (run < units && ids[at + run] === id) run++
    if (run < units || grid[1] % vision.mergeSize !== 0 || grid[2] % vision.mergeSize !== 0)
      return mismatch(
        `medium ${m} (${kind}, grid ${grid.join('×')}) makes ${units} tokens, the prompt has ${run} of id ${id} at ${at}`,
      )
    at += run
  }
  const left = ids.subarray(at).reduce((n, id) => n + (id === tokens.image || id === tokens.video ? 1 : 0), 0)
  return left > 0
    ? mismatch(`the prompt has ${left} media tokens more than its ${media.length} media make`)
    : E.right(undefined)
}

/**
 * Multimodal rotary positions of a prompt (Hugging Face's `get_rope_index` for one unpadded sequence): text counts on in all three
 * rows; a medium takes its start plus time, row and column, images stand at time 0. The prompt must have passed `checkMedia`.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { ropeIndex } from 'kinograd/engine/tfjs'
 *
 * const config = { tokens: { image: 62, video: 63 }, vision: { mergeSize: 2, tokensPerSecond: 2 } }
 * // Two time steps of 2 × 4 patches, which make two tokens each, a second apart; then one token of text.
 * const clip = { grid: [2, 2, 4], secondsPerGrid: 1, kind: 'video' } as const
 * const prompt = { ids: Int32Array.of(63, 63, 63, 63, 5), media: [clip] }
 * const { positions, next } = ropeIndex(prompt, config, 'qwen')
 * assert.deepEqual([...positions], [0, 0, 2, 2, 3, 0, 0, 0, 0, 3, 0, 1, 0, 1, 3])
 * assert.equal(next, 4)
 * ```
 */
export const ropeIndex = (
  { ids, media }: Positioned,
  { tokens, vision }: MediaSizes,
  layout: MropeLayout,
): RopeIndex => {
  const L = ids.length
  const positions = new Int32Array(3 * L)
  let next = 0
  let largest = -1
  let at = 0
  let seen = 0
  const put = (time: number, row: number, column: number): void => {
    positions[at] = next + time
    positions[L + at] = next + row
    positions[2 * L + at] = next + column
    largest = Math.max(largest, next + time, next + row, next + column)
    at++
  }
  while (at < L) {
    const medium = ids[at] === tokens.image || ids[at] === tokens.video ? media[seen++] : undefined
    if (medium === undefined) {
      put(0, 0, 0)
      next++
      continue
    }
    const [t, rows, columns] = [medium.grid[0], medium.grid[1] / vision.mergeSize, medium.grid[2] / vision.mergeSize]
    for (let i = 0; i < t; i++) {
      const seconds = Math.fround(medium.secondsPerGrid)
      const time = medium.kind === 'image' ? 0 : timeOf[layout](i, seconds, vision.tokensPerSecond)
      for (let y = 0; y < rows; y++) for (let x = 0; x < columns; x++) put(time, y, x)
    }
    next = layout === 'transformers5' ? next + Math.max(rows, columns) : largest + 1
  }
  return { positions, delta: largest + 1 - L, next }
}
