import type * as tf from '@tensorflow/tfjs-core'
import type { KeysValues } from '../../model/decoder.ts'
import type { Model } from '../../model/forward.ts'
import type { FoldedLayer } from '../../model/layer.ts'
import { type Scores, scoresOf } from '../distribution.ts'

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
  /** That of the weights that rows are drawn by. */
  readonly temperature: number
}

/** What a row that goes on is drawn from; valid until the next step. */
export type ScoresOf = (row: number) => Scores

/** One token of all rows at a time. The two ways of it give the same scores up to rounding. */
export interface Stepper {
  /**
   * Token `t` of every row at its position, [N · G] both → what the next are drawn from. Called for t = 0, 1, … in order. A row whose
   * token is −1 has ended, for good; one of them goes on at least.
   */
  readonly step: (tokens: Int32Array, positions: Int32Array, t: number) => ScoresOf
  readonly dispose: () => void
}

/** Rows of a matrix of logits [rows, width]. */
export const rowsOf =
  (logits: Float32Array, width: number, temperature: number): ScoresOf =>
  row =>
    scoresOf(logits.subarray(row * width, (row + 1) * width), temperature)

/** The values of a float32 tensor. */
export const floatsOf = (tensor: tf.Tensor): Float32Array => tensor.dataSync<'float32'>()
