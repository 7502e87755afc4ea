import * as tf from '@tensorflow/tfjs-core'
import type { Batch } from './batch.ts'
import type { Qwen25VLConfig } from './config.ts'
import { gatherRows, moveRows } from './gather.ts'
import { tokenLogprobs } from './head.ts'
import { rmsNorm } from './layers.ts'
import { type Parameters, weight } from './parameters.ts'
import { decoder, type KeysValues } from './text.ts'
import { visionTower } from './vision.ts'

/** A model to run: its sizes, its weights, and the constant matrices of `rotate_half` for tower and decoder. */
export interface Model {
  readonly config: Qwen25VLConfig
  readonly parameters: Parameters
  readonly turns: { readonly vision: tf.Tensor2D; readonly text: tf.Tensor2D }
}

/** The matrix that turns hidden states into logits: the embedding itself when they are tied. [vocabulary, hidden] */
export const headOf = ({ config, parameters }: Model): tf.Tensor =>
  weight(parameters, config.text.tied ? 'model.embed_tokens.weight' : 'lm_head.weight')

/** Token embeddings, with what the vision tower saw in the places of the pad tokens. [rows, hidden] */
const embed = ({ config, parameters, turns }: Model, { tokens, vision }: Batch): tf.Tensor2D => {
  const text = gatherRows(weight(parameters, 'model.embed_tokens.weight'), tokens)
  if (vision === undefined) return text
  const seen = visionTower(parameters, config, turns.vision, vision.input)
  const placed = moveRows(seen, vision.index, vision.inverse)
  return tf.add(tf.mul(text, tf.sub(1, vision.mask)), tf.mul(placed, vision.mask))
}

/** Hidden states of every row before the last norm. [rows, hidden] */
export const hiddenStates = (model: Model, batch: Batch, onLayer?: (prompt: KeysValues) => void): tf.Tensor2D =>
  decoder(model.parameters, model.config, model.turns.text, batch.rows, embed(model, batch), onLayer)

/** The last norm. [rows, hidden] → [rows, hidden] */
export const lastNorm = ({ config, parameters }: Model, hidden: tf.Tensor2D): tf.Tensor2D =>
  rmsNorm(hidden, weight(parameters, 'model.norm.weight'), config.text.rmsEps)

/** log π of every completion token, in the order of `batch.targets`. [tokens] */
export const completionLogprobs = (model: Model, batch: Batch): tf.Tensor1D => {
  const rows = gatherRows(hiddenStates(model, batch), batch.predictedBy)
  return tokenLogprobs(lastNorm(model, rows), headOf(model), batch.targets)
}
