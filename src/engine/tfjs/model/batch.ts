import * as tf from '@tensorflow/tfjs-core'
import type { Patches } from '../../../media/index.ts'
import type { Prompt, TrainGroup } from '../../engine.ts'
import { disposeSegments } from '../tensors/segments.ts'
import type { Qwen25VLConfig } from './config.ts'
import type { Rows } from './decoder.ts'
import { type MropeLayout, ropeIndex } from './positions.ts'
import { inverseFrequencies, type Rotation, rotation } from './rotary.ts'
import type { VisionInput } from './vision.ts'
import { visionInput } from './vision-input.ts'

/** Everything constant that a forward pass over groups reads, as tensors made once. Free with `disposeBatch`. */
export interface Batch {
  readonly rows: Rows
  /** Token of every row; padding holds 0. [rows] */
  readonly tokens: tf.Tensor1D
  readonly vision?: {
    readonly input: VisionInput
    /** Merged unit that stands in each row (any, where none does). [rows] */
    readonly index: tf.Tensor1D
    /** 1 where a row is visual, and where it is not. [rows, 1] */
    readonly mask: tf.Tensor2D
    readonly textMask: tf.Tensor2D
  }
  /** First position after each prompt. [N] */
  readonly nextPositions: Int32Array
  /** Tokens of each prompt. [N] */
  readonly promptLengths: Int32Array
  /** For every completion token, group by group, completion by completion: the row that predicts it, and the token. */
  readonly predictedBy: tf.Tensor1D
  readonly targets: Int32Array
  /** Tokens of each completion, in the same order. */
  readonly lengths: Int32Array
}

const blind = -1e9

/** Angle of every row and frequency: section by section the frequency takes the position along time, height or width. */
const mropeAngles = (
  positions: Int32Array,
  rows: number,
  { headDim, ropeTheta, mropeSection }: Qwen25VLConfig['text'],
): Float32Array => {
  const half = headDim / 2
  const frequencies = inverseFrequencies(headDim, ropeTheta)
  const axisOf = mropeSection.flatMap((size, axis) => Array<number>(size).fill(axis))
  const angles = new Float32Array(rows * half)
  for (let r = 0; r < rows; r++)
    for (let i = 0; i < half; i++)
      angles[r * half + i] = (positions[(axisOf[i] as number) * rows + r] as number) * (frequencies[i] as number)
  return angles
}

/** Rotation of rows whose three positions are all equal: text. */
export const textRotation = (positions: Int32Array, text: Qwen25VLConfig['text']): Rotation => {
  const rows = positions.length
  const three = new Int32Array(rows * 3)
  for (let axis = 0; axis < 3; axis++) three.set(positions, axis * rows)
  return rotation(mropeAngles(three, rows, text), rows, text.headDim)
}

/** Where the tokens of a batch stand: in the prompt's rows and the completion's, or one after the other where nothing is shared. */
interface Places {
  readonly prompts: number
  readonly promptLength: number
  readonly completionsPerPrompt: number
  readonly completionLength: number
  readonly rowOf: (group: number, completion: number, token: number) => number
}

/**
 * Prompts padded to the longest, completions to the longest, G the largest group's size. Where every group has at most one
 * completion nothing is shared, and prompt and completion are one sequence: fewer rows and plain causal attention.
 */
const places = (groups: readonly TrainGroup[]): Places => {
  const longest = (lengths: readonly number[]) => Math.max(0, ...lengths)
  const n = groups.length
  const G = longest(groups.map(g => g.completions.length))
  if (G <= 1) {
    const length = longest(groups.map(g => g.prompt.ids.length + (g.completions[0]?.length ?? 0)))
    return {
      prompts: n,
      promptLength: length,
      completionsPerPrompt: 0,
      completionLength: 0,
      rowOf: (i, _, t) => i * length + (groups[i] as TrainGroup).prompt.ids.length + t,
    }
  }
  const P = longest(groups.map(g => g.prompt.ids.length))
  const C = longest(groups.flatMap(g => g.completions.map(c => c.length)))
  return {
    prompts: n,
    promptLength: P,
    completionsPerPrompt: G,
    completionLength: C,
    rowOf: (i, g, t) => n * P + (i * G + g) * C + t,
  }
}

/** Lays out groups for one forward pass. A medium that several prompts hold (the same object) passes the vision tower once. */
export const makeBatch = (groups: readonly TrainGroup[], config: Qwen25VLConfig, layout: MropeLayout): Batch => {
  const { rowOf, ...place } = places(groups)
  const { prompts: n, promptLength: P, completionsPerPrompt: G, completionLength: C } = place
  const total = n * P + n * G * C
  const tokens = new Int32Array(total)
  const positions = new Int32Array(total * 3)
  const unitOf = new Int32Array(total).fill(-1)
  const nextPositions = new Int32Array(n)
  const promptLengths = new Int32Array(n)
  const predictedBy: number[] = []
  const targets: number[] = []
  const lengths: number[] = []
  const media = new Map<Patches, number>()
  let units = 0
  groups.forEach(({ prompt, completions }, i) => {
    const { positions: own, next } = ropeIndex(prompt, config, layout)
    const length = prompt.ids.length
    promptLengths[i] = length
    nextPositions[i] = next
    const unitsOfPrompt = prompt.media.flatMap(medium => {
      const [t, h, w] = medium.grid
      const count = (t * h * w) / config.vision.mergeSize ** 2
      const first = media.get(medium) ?? units
      if (!media.has(medium)) {
        media.set(medium, units)
        units += count
      }
      return Array.from({ length: count }, (_, u) => first + u)
    })
    let seen = 0
    prompt.ids.forEach((id, t) => {
      const row = i * P + t
      const visual = id === config.tokens.image || id === config.tokens.video
      tokens[row] = visual ? 0 : id
      if (visual) unitOf[row] = unitsOfPrompt[seen++] as number
      for (let axis = 0; axis < 3; axis++) positions[axis * total + row] = own[axis * length + t] as number
    })
    completions.forEach((ids, g) => {
      lengths.push(ids.length)
      ids.forEach((id, t) => {
        const row = rowOf(i, g, t)
        tokens[row] = id
        for (let axis = 0; axis < 3; axis++) positions[axis * total + row] = (nextPositions[i] as number) + t
        predictedBy.push(t === 0 ? i * P + length - 1 : row - 1)
        targets.push(id)
      })
    })
  })
  return {
    rows: {
      ...place,
      rotation: rotation(mropeAngles(positions, total, config.text), total, config.text.headDim),
      promptBias: G === 0 ? causalBias(P) : promptBias(promptLengths, P),
      ...(G === 0 ? {} : { completionBias: completionBias(promptLengths, P, C) }),
    },
    tokens: tf.tensor1d(tokens, 'int32'),
    ...(media.size === 0 ? {} : { vision: { input: visionInput([...media.keys()], config), ...placement(unitOf) } }),
    nextPositions,
    promptLengths,
    predictedBy: tf.tensor1d(predictedBy, 'int32'),
    targets: Int32Array.from(targets),
    lengths: Int32Array.from(lengths),
  }
}

/** A batch of prompts alone, for the sampler's prefill. */
export const makePrefill = (prompts: readonly Prompt[], config: Qwen25VLConfig, layout: MropeLayout): Batch =>
  makeBatch(
    prompts.map(prompt => ({ prompt, completions: [] })),
    config,
    layout,
  )

/** Right-padded sequences need no more than causality: what pads comes after what counts. [1, 1, P, P] */
const causalBias = (P: number): tf.Tensor4D => {
  const bias = new Float32Array(P * P)
  for (let i = 0; i < P; i++) bias.fill(blind, i * P + i + 1, (i + 1) * P)
  return tf.tensor4d(bias, [1, 1, P, P])
}

const promptBias = (lengths: Int32Array, P: number): tf.Tensor4D => {
  const bias = new Float32Array(lengths.length * P * P)
  lengths.forEach((length, n) => {
    for (let i = 0; i < P; i++)
      for (let j = 0; j < P; j++) if (j > i || (j >= length && j !== i)) bias[(n * P + i) * P + j] = blind
  })
  return tf.tensor4d(bias, [lengths.length, 1, P, P])
}

const completionBias = (lengths: Int32Array, P: number, C: number): tf.Tensor4D => {
  const width = P + C
  const bias = new Float32Array(lengths.length * C * width)
  lengths.forEach((length, n) => {
    for (let i = 0; i < C; i++) bias.fill(blind, (n * C + i) * width + length, (n * C + i) * width + P)
    for (let i = 0; i < C; i++) bias.fill(blind, (n * C + i) * width + P + i + 1, (n * C + i + 1) * width)
  })
  return tf.tensor4d(bias, [lengths.length, 1, C, width])
}

const placement = (unitOf: Int32Array) => {
  const mask = Float32Array.from(unitOf, unit => (unit < 0 ? 0 : 1))
  return {
    index: tf.tensor1d(
      unitOf.map(unit => Math.max(0, unit)),
      'int32',
    ),
    mask: tf.tensor2d(mask, [unitOf.length, 1]),
    textMask: tf.tensor2d(
      mask.map(m => 1 - m),
      [unitOf.length, 1],
    ),
  }
}

export const disposeBatch = ({ rows, tokens, vision, predictedBy }: Batch): void => {
  const { rotation: r, promptBias: p, completionBias: c } = rows
  tf.dispose([r.cos, r.sin, p, tokens, predictedBy, ...(c === undefined ? [] : [c])])
  if (vision === undefined) return
  const { input } = vision
  tf.dispose([vision.index, vision.mask, vision.textMask, input.pixels, input.rotation.cos, input.rotation.sin])
  tf.dispose([input.toWindows, input.fromWindows, input.unitsToWindows, input.unitsFromWindows])
  disposeSegments(input.windows)
  disposeSegments(input.frames)
}
