import * as tf from '@tensorflow/tfjs-core'
import type { Prompt, TrainGroup } from '../../engine.ts'
import { blockRows, causalBlocks } from '../tensors/causal-attention.ts'
import { disposeSegments } from '../tensors/segments.ts'
import { causalBias, completionBias, promptBias } from './attention-bias.ts'
import { type BatchLayout, layOut } from './batch-layout.ts'
import type { Qwen25VLConfig } from './config.ts'
import type { Rows } from './decoder.ts'
import { mropeRotation } from './mrope.ts'
import type { MropeLayout } from './mrope-layout.ts'
import { type PackedLayout, packed } from './packing.ts'
import type { VisionInput } from './vision.ts'
import { visionInput } from './vision-input.ts'

/** Everything constant that a forward pass over groups reads, as tensors made once. Free with `disposeBatch`. */
export interface Batch extends Pick<BatchLayout, 'nextPositions' | 'promptLengths' | 'targets' | 'lengths'> {
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
  /** The row that predicts each completion token. */
  readonly predictedBy: tf.Tensor1D
}

const rowsOf = ({ counts, positions, promptLengths, packing }: PackedLayout, { text }: Qwen25VLConfig): Rows => {
  const { prompts: N, promptLength: P, completionsPerPrompt: G, completionLength: C } = counts
  return {
    ...counts,
    rotation: mropeRotation(positions, text),
    promptBlocks:
      G === 0
        ? causalBlocks(blockRows(P), causalBias(P), 1)
        : causalBlocks(blockRows(P), promptBias(promptLengths, P), N),
    ...(G === 0 ? {} : { completionBias: tf.tensor4d(completionBias(promptLengths, P, C), [N, 1, C, P + C]) }),
    ...(packing === undefined
      ? {}
      : { packing: { rowAt: tf.tensor1d(packing.rowAt, 'int32'), placeOf: tf.tensor1d(packing.placeOf, 'int32') } }),
  }
}

/** Where what the tower sees stands among the rows. */
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

/** The tensors of groups for one forward pass, as `layOut` lays them out, with padding `packed`. */
export const makeBatch = (groups: readonly TrainGroup[], config: Qwen25VLConfig, layout: MropeLayout): Batch =>
  batchOf(packed(layOut(groups, config, layout)), config)

const batchOf = (laidOut: PackedLayout, config: Qwen25VLConfig): Batch => {
  const { tokens, media, unitOf, predictedBy, nextPositions, promptLengths, targets, lengths } = laidOut
  return {
    rows: rowsOf(laidOut, config),
    tokens: tf.tensor1d(tokens, 'int32'),
    ...(media.length === 0 ? {} : { vision: { input: visionInput(media, config), ...placement(unitOf) } }),
    predictedBy: tf.tensor1d(predictedBy, 'int32'),
    nextPositions,
    promptLengths,
    targets,
    lengths,
  }
}

/** A batch of prompts alone, for the sampler's prefill, padded: prompt n begins at row n · P. */
export const makePrefill = (prompts: readonly Prompt[], config: Qwen25VLConfig, layout: MropeLayout): Batch =>
  batchOf(
    layOut(
      prompts.map(prompt => ({ prompt, completions: [] })),
      config,
      layout,
    ),
    config,
  )

export const disposeBatch = ({ rows, tokens, vision, predictedBy }: Batch): void => {
  const { rotation: r, promptBlocks, completionBias: c, packing } = rows
  tf.dispose([
    r.cos,
    r.sin,
    ...promptBlocks.map(({ bias }) => bias),
    tokens,
    predictedBy,
    ...(c === undefined ? [] : [c]),
  ])
  if (packing !== undefined) tf.dispose([packing.rowAt, packing.placeOf])
  if (vision === undefined) return
  const { input } = vision
  tf.dispose([vision.index, vision.mask, vision.textMask, input.pixels, input.rotation.cos, input.rotation.sin])
  tf.dispose([input.toWindows, input.fromWindows, input.unitsToWindows, input.unitsFromWindows])
  disposeSegments(input.windows)
  disposeSegments(input.frames)
}
