import * as tf from '@tensorflow/tfjs-core'
import type { Batch } from './batch.ts'
import type { Qwen25VLConfig } from './config.ts'
import { disposeFoldConstants, type FoldConstants, foldConstants } from './fold-constants.ts'
import { gatherRows } from './gather.ts'
import { tokenLogprobs } from './head.ts'
import type { FoldedLayer } from './layer.ts'
import { rmsNormalise } from './layers.ts'
import { type Parameters, weight } from './parameters.ts'
import { product } from './products.ts'
import { decoder, foldDecoder, type KeysValues } from './text.ts'
import { visionTower } from './vision.ts'

/** A model to run: its sizes, its weights, and the constants that fold its layers. */
export interface Model {
  readonly config: Qwen25VLConfig
  readonly parameters: Parameters
  readonly constants: { readonly vision: FoldConstants; readonly text: FoldConstants }
}

export const modelConstants = ({ text, vision }: Qwen25VLConfig): Model['constants'] => ({
  vision: foldConstants(vision.heads, vision.heads, vision.hiddenSize / vision.heads),
  text: foldConstants(text.heads, text.kvHeads, text.headDim),
})

export const disposeConstants = ({ vision, text }: Model['constants']): void => {
  disposeFoldConstants(vision)
  disposeFoldConstants(text)
}

/** The folded layers of the decoder and its head, which holds the gain of the last norm. */
export interface Decoder {
  readonly layers: readonly FoldedLayer[]
  /** [vocabulary, hidden] */
  readonly head: tf.Tensor
}

export const foldModel = ({ config, parameters, constants }: Model): Decoder => ({
  layers: foldDecoder(parameters, config.text, constants.text),
  head: tf.mul(
    weight(parameters, config.text.tied ? 'model.embed_tokens.weight' : 'lm_head.weight'),
    weight(parameters, 'model.norm.weight'),
  ),
})

/** Token embeddings, with what the vision tower saw in the places of the pad tokens. [rows, hidden] */
const embed = ({ config, parameters, constants }: Model, { tokens, vision }: Batch): tf.Tensor2D => {
  const text = gatherRows(weight(parameters, 'model.embed_tokens.weight'), tokens)
  if (vision === undefined) return text
  const seen = visionTower(parameters, config, constants.vision, vision.input)
  return tf.add(tf.mul(text, vision.textMask), tf.mul(gatherRows(seen, vision.index), vision.mask))
}

/** Hidden states of every row before the last norm. [rows, hidden] */
export const hiddenStates = (
  model: Model,
  { layers }: Decoder,
  batch: Batch,
  onLayer?: (prompt: KeysValues) => void,
): tf.Tensor2D => decoder(layers, model.config.text, batch.rows, embed(model, batch), onLayer)

/** Logits of hidden rows: [rows, hidden] → [rows, vocabulary]. */
export const logitsOf = ({ config }: Model, { head }: Decoder, hidden: tf.Tensor2D): tf.Tensor2D =>
  product(rmsNormalise(hidden, config.text.rmsEps), head, false, true) as tf.Tensor2D

/** log π of every completion token, in the order of `batch.targets`. [tokens] */
export const completionLogprobs = (model: Model, batch: Batch): tf.Tensor1D => {
  const decoder = foldModel(model)
  const rows = gatherRows(hiddenStates(model, decoder, batch), batch.predictedBy)
  return tokenLogprobs(rmsNormalise(rows, model.config.text.rmsEps), decoder.head, batch.targets)
}
