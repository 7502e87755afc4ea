import { either as E, function as F, readonlyArray as RA } from 'fp-ts'
import type { Patches } from '../../media/index.ts'
import type { EngineFault, Prompt } from '../engine.ts'
import type { Tokenizer } from './tokenizer.ts'

/** Frames in a patch of Qwen's models. */
const temporal = 2

/**
 * One frame of a clip's patches as a picture's: the processor shows a picture twice, where a clip has two frames. Rows are channel, time,
 * y, x.
 */
const frameOf = ({ values, grid: [t, h, w] }: Patches, time: number): Patches => {
  const row = values.length / (t * h * w)
  const plane = row / (3 * temporal)
  const first = Math.floor(time / temporal) * h * w * row
  const made = new Float32Array(h * w * row)
  for (let at = 0; at < made.length; at += temporal * plane) {
    const from = first + at + (time % temporal) * plane
    for (let copy = 0; copy < temporal; copy++) made.set(values.subarray(from, from + plane), at + copy * plane)
  }
  return { values: made, grid: [1, h, w], secondsPerGrid: 1, kind: 'image' }
}

/** Tokens of a clip as pictures: before each its time, then the picture between its marks. */
const shown = (
  { encode, ids }: Tokenizer,
  clip: Patches,
  frames: readonly Patches[],
  units: number,
): E.Either<EngineFault, readonly number[]> =>
  F.pipe(
    frames,
    RA.traverseWithIndex(E.Applicative)((i, _) =>
      E.map((stamp: Int32Array) => [...stamp, ids.visionStart, ...Array<number>(units).fill(ids.image), ids.visionEnd])(
        encode(`<${((i * clip.secondsPerGrid) / temporal).toFixed(1)} seconds>`),
      ),
    ),
    E.map(RA.flatten),
  )

/**
 * The same prompt with each clip as pictures that say when they are: for servers that take no clips. Rollouts and training then see the
 * same tokens wherever they happen, when both are given this prompt. A policy sees more tokens than of the clip: every frame is a
 * picture of its own, where a clip has one for two frames. Prompts without a clip are given back as they are. Holds new patches,
 * twice those of the clip. `Left('BadTokenizer')` where a time cannot be written.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { clipAsPictures, promptOf } from 'kinograd/engine'
 * import { tinyPolicy } from 'kinograd/engine/tfjs'
 *
 * const { engine, tokenizer } = tinyPolicy()
 * const clip = { values: new Float32Array(4 * 1176), grid: [1, 2, 2], secondsPerGrid: 1, kind: 'video' } as const
 * const asked = promptOf(tokenizer, [{ role: 'user', content: [clip, 'What moves?'] }])
 * assert(E.isRight(asked))
 * const pictures = clipAsPictures(tokenizer)(asked.right)
 * assert(E.isRight(pictures))
 * assert.deepEqual(pictures.right.media.map(({ kind }) => kind), ['image', 'image'])
 * const one = '<|vision_start|><|image_pad|><|vision_end|>'
 * assert(tokenizer.decode(pictures.right.ids).includes(`<0.0 seconds>${one}<0.5 seconds>${one}What moves?`))
 * engine.dispose()
 * ```
 */
export const clipAsPictures =
  (tokenizer: Tokenizer, { mergeSize = 2 }: { readonly mergeSize?: number } = {}) =>
  (prompt: Prompt): E.Either<EngineFault, Prompt> => {
    if (prompt.media.every(({ kind }) => kind === 'image')) return E.right(prompt)
    const { image, video, visionStart, visionEnd } = tokenizer.ids
    const ids: number[] = []
    const media: Patches[] = []
    let at = 0
    for (const medium of prompt.media) {
      const { grid, kind } = medium
      const units = (grid[0] * grid[1] * grid[2]) / mergeSize ** 2
      while (at < prompt.ids.length && prompt.ids[at] !== image && prompt.ids[at] !== video) ids.push(prompt.ids[at++]!)
      if (kind === 'image') {
        media.push(medium)
        ids.push(...prompt.ids.subarray(at, at + units))
        at += units
        continue
      }
      const frames = Array.from({ length: temporal * grid[0] }, (_, i) => frameOf(medium, i))
      const tokens = shown(tokenizer, medium, frames, units / grid[0])
      if (E.isLeft(tokens)) return tokens
      // The marks around the clip go: each picture has its own.
      if (ids.at(-1) === visionStart) ids.pop()
      at += units
      if (prompt.ids[at] === visionEnd) at++
      ids.push(...tokens.right)
      media.push(...frames)
    }
    return E.right({ ids: Int32Array.from([...ids, ...prompt.ids.subarray(at)]), media })
  }
