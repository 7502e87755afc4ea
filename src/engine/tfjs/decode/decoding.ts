import type * as tf from '@tensorflow/tfjs-core'
import type { Model } from '../forward.ts'
import type { FoldedLayer } from '../layer.ts'
import type { KeysValues } from '../text.ts'

/** What decoding starts from: prompts that were read, and the rows that continue them. */
export interface Prefilled {
  readonly model: Model
  readonly layers: readonly FoldedLayer[]
  /** Keys and values of the prompts in every layer, padded to the longest prompt. */
  readonly cache: readonly KeysValues[]
  /** Tokens of each prompt. [N] */
  readonly lengths: Int32Array
  /** G: rows a prompt. */
  readonly perPrompt: number
  readonly maxTokens: number
}

/** The logits of one row [vocabulary]; valid until the next row is asked for. */
export type LogitsOf = (row: number) => Float32Array

/** One token of all rows at a time. The two ways of it give the same logits up to rounding. */
export interface Stepper {
  /** Token `t` of every row at its position, [N · G] both → the logits after it. Called for t = 0, 1, … in order. */
  readonly step: (tokens: Int32Array, positions: Int32Array, t: number) => LogitsOf
  readonly dispose: () => void
}

/** Rows of a matrix [rows, width]. */
export const rowsOf =
  (values: Float32Array, width: number): LogitsOf =>
  row =>
    values.subarray(row * width, (row + 1) * width)

/** The values of a float32 tensor. */
export const floatsOf = (tensor: tf.Tensor): Float32Array => tensor.dataSync() as Float32Array
