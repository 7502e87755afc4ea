import * as tf from '@tensorflow/tfjs-core'
import { rmsNormalise } from '../tensors/activations.ts'
import { isMade } from '../tensors/affine.ts'
import type { Dropout } from '../tensors/dropout.ts'
import { gatherRows } from '../tensors/gather.ts'
import { byHead } from '../tensors/head-product.ts'
import { merged } from '../tensors/low-rank.ts'
import { packingOf } from '../tensors/packed.ts'
import { scoped } from '../tensors/scoped.ts'
import { add, scale } from '../tensors/unsaved.ts'
import { gatherPacked } from '../tensors/widen.ts'
import type { Batch } from './batch.ts'
import type { Qwen25VLConfig } from './config.ts'
import { decoderLayer, foldDecoderLayer, type KeysValues } from './decoder.ts'
import { type FoldedLayer, gainFor, queryScale } from './layer.ts'
import type { Link } from './link.ts'
import { type Parameters, weight } from './parameters.ts'
import { visionLinks } from './vision.ts'

/** A model to run: its sizes, its weights, and the scales of its queries. */
export interface Model {
  readonly config: Qwen25VLConfig
  readonly parameters: Parameters
  readonly constants: { readonly vision: tf.Tensor1D; readonly text: tf.Tensor1D }
  /** What adapters do not see in a pass of training. */
  readonly dropout?: Dropout
}

export const modelConstants = ({ text, vision }: Qwen25VLConfig): Model['constants'] => ({
  vision: queryScale(vision.heads, vision.heads, vision.hiddenSize / vision.heads),
  text: queryScale(text.heads, text.kvHeads, text.headDim),
})

export const disposeConstants = ({ vision, text }: Model['constants']): void => {
  tf.dispose([vision, text])
}

/** Name of the table of token embeddings. */
export const embeddingName = 'model.embed_tokens.weight'

/** Name of the matrix that turns hidden states into logits. */
export const headName = ({ text }: Qwen25VLConfig): string => (text.tied ? embeddingName : 'lm_head.weight')

/** Token embeddings of tokens [rows] → [rows, hidden]. */
export const embedTokens = ({ parameters }: Model, tokens: tf.Tensor1D): tf.Tensor2D => {
  const table = weight(parameters, embeddingName)
  const packing = packingOf(table)
  return packing === undefined ? gatherRows(table, tokens) : gatherPacked(table, packing, tokens)
}

/**
 * The decoder's layers, folded, to be run more than once. An adapter is added to the weights here, and costs nothing after; where
 * that would copy more than so many bytes of weights, they stay as they are, and it is computed beside them.
 */
export const foldLayers = (
  { config: { text }, parameters, constants }: Model,
  copies = 2 ** 29,
): readonly FoldedLayer[] => {
  const { layers, hiddenSize, intermediateSize, heads, headDim } = text
  const copied = 4 * layers * hiddenSize * (3 * intermediateSize + 4 * heads * headDim)
  const prepare = copied > copies ? undefined : merged
  return Array.from({ length: layers }, (_, i) =>
    scoped(() => foldDecoderLayer(parameters, i, constants.text, 'rows', prepare)),
  )
}

/** Frees what folding made, and not the model's own weights that stand among it. */
export const disposeLayers = (layers: readonly FoldedLayer[], { parameters }: Model): void => {
  const own = new Set(parameters.values())
  const parts = layers.flatMap(({ qkv, out, gate, up, down }) => [qkv, out, gate, up, down])
  const tensors = parts.flatMap(([w, b, low]) => [
    ...(isMade(w) ? [] : [w]),
    ...(b === undefined ? [] : [b]),
    ...(low === undefined ? [] : [low.down, low.up]),
  ])
  tf.dispose(tensors.filter(tensor => !own.has(tensor)))
}

/** What enters the first link: the pixels, where there are any. */
export const startOf = ({ config }: Model, { vision }: Batch): tf.Tensor2D =>
  vision?.input.pixels ?? tf.zeros([0, config.text.hiddenSize])

/** What the tower saw [units, hidden] → embeddings of all rows, with it in the places of the pad tokens [rows, hidden]. */
const embedding = (model: Model, { tokens, vision }: Batch): Link => ({
  weights: embeddingName,
  run: seen => {
    const text = embedTokens(model, tokens)
    return vision === undefined
      ? text
      : add(scale(text, vision.textMask), scale(gatherRows(seen, vision.index), vision.mask))
  },
})

/**
 * The model from `startOf` to the hidden states of every row before the last norm [rows, hidden]. Layers may come folded, and
 * `onPrompts` sees the keys and values of the prompts in each.
 */
export const hiddenLinks = (
  model: Model,
  batch: Batch,
  layers?: readonly FoldedLayer[],
  onPrompts?: (prompt: KeysValues) => void,
): readonly Link[] => {
  const { config, parameters, constants, dropout } = model
  return [
    ...(batch.vision === undefined
      ? []
      : visionLinks(parameters, config, constants.vision, batch.vision.input, dropout)),
    embedding(model, batch),
    ...Array.from(
      { length: config.text.layers },
      (_, i): Link => ({
        weights: `model.layers.${i}.`,
        run: x =>
          decoderLayer(
            layers?.[i] ??
              foldDecoderLayer(parameters, i, constants.text, gainFor(x.shape[0], config.text.intermediateSize)),
            config.text,
            batch.rows,
            x,
            onPrompts,
            dropout,
          ),
      }),
    ),
  ]
}

/** The last norm with its gain, of chosen rows: [rows, hidden] → [index, hidden]; of all, without an index. */
export const finalNorm = ({ config, parameters }: Model, index?: tf.Tensor1D): Link => ({
  weights: 'model.norm.',
  run: x =>
    tf.mul(
      rmsNormalise(index === undefined ? x : gatherRows(x, index), config.text.rmsEps),
      weight(parameters, 'model.norm.weight'),
    ),
})

/** Logits of normalised rows: [rows, hidden] → [rows, vocabulary]. */
export const logitsOf = ({ config, parameters }: Model, normed: tf.Tensor2D): tf.Tensor2D =>
  byHead(normed, weight(parameters, headName(config)))
