import * as tf from '@tensorflow/tfjs-core'
import type { Qwen25VLConfig } from '../../model/config.ts'
import { foldDecoderLayer, type KeysValues } from '../../model/decoder.ts'
import { embeddingName, headName } from '../../model/forward.ts'
import type { FoldedLayer } from '../../model/layer.ts'
import { affine, type Parameters, weight } from '../../model/parameters.ts'
import type { Affine, LowRank, Matrix } from '../../tensors/affine.ts'
import { merged, stacked } from '../../tensors/low-rank.ts'
import { using } from '../../tensors/matrix.ts'
import { numbersFrom } from '../../tensors/numbers.ts'
import { packingOf } from '../../tensors/packed.ts'
import { product } from '../../tensors/products.ts'
import { asFloats } from '../../tensors/widen.ts'
import { floatsOf, type Prefilled } from './decoding.ts'
import { partsOfProduct, productNames, rowBytesOf, type Stored } from './kernel-weights.ts'
import type { LayerPlaces, Layout, LowPlaces, Part } from './layout.ts'

const put = (memory: ArrayBufferLike, address: number, values: Float32Array): void =>
  new Float32Array(memory, address, values.length).set(values)

/** The numbers of a model's weight. */
const floatsOfWeight = (parameters: Parameters, name: string): Float32Array =>
  numbersFrom(() => floatsOf(asFloats(weight(parameters, name))))

/** Words that are read from their tensor at once. */
const pieceWords = 2 ** 22

/** Copies a packed tensor's words. */
const putWords = (memory: ArrayBufferLike, address: number, x: tf.Tensor): void => {
  const [rows, words] = [x.shape[0]!, x.size / x.shape[0]!]
  const most = Math.max(1, Math.floor(pieceWords / words))
  for (let from = 0; from < rows; from += most) {
    const count = Math.min(most, rows - from)
    const piece = numbersFrom(() => tf.slice(x, [from, 0], [count, words]).dataSync<'int32'>())
    new Int32Array(memory, address + 4 * from * words, piece.length).set(piece)
  }
}

/** The numbers of a weight, with what an adapter adds to it where the two are still apart. */
const floatsOfMatrix = (matrix: Matrix, low: LowRank | undefined): Float32Array =>
  using(matrix, w => numbersFrom(() => floatsOf(low === undefined ? w : tf.add(w, product(low.up, low.down)))))

/** Whether an adapter, if there is one, is in the weights, and not beside them. */
const isWhole = ({ qkv, out, gate, up, down }: FoldedLayer): boolean =>
  [qkv, out, gate, up, down].every(([, , low]) => low === undefined)

/** The folded weights of a layer, as float32. */
const putFolded = (
  memory: ArrayBufferLike,
  { heads, kvHeads, headDim, hiddenSize }: Qwen25VLConfig['text'],
  layer: FoldedLayer,
  { own, matrices }: LayerPlaces,
): void => {
  const bias = layer.qkv[1]
  for (const name of productNames) put(memory, matrices[name], floatsOfMatrix(layer[name][0], layer[name][2]))
  put(memory, own.qkvBias, bias === undefined ? new Float32Array((heads + 2 * kvHeads) * headDim) : floatsOf(bias))
  put(memory, own.gain, layer.gain === undefined ? new Float32Array(hiddenSize).fill(1) : floatsOf(layer.gain))
}

/** An adapter of the parts of a product, which stand one above the other. */
const putLow = (memory: ArrayBufferLike, parts: readonly Affine[], to: LowPlaces): void => {
  const low = stacked(parts.map(([w, , own]) => [w.shape[0]!, own]))
  if (low === undefined) return
  put(memory, to.down, floatsOf(low.down))
  put(memory, to.up, floatsOf(low.up))
}

/** How weights are stored, and whether they are copied to their places: else they are there. */
interface Weights {
  readonly stored: Stored
  readonly copies: boolean
}

/** The packed weights of layer `i` as they are, its gains and biases, and its adapter. */
const putPacked = (
  memory: ArrayBufferLike,
  parameters: Parameters,
  { heads, kvHeads, headDim }: Qwen25VLConfig['text'],
  i: number,
  { own, matrices, lows }: LayerPlaces,
  { stored, copies }: Weights,
): void => {
  const name = (part: string) => `model.layers.${i}.${part}`
  for (const product of productNames) {
    let address = matrices[product]
    for (const part of copies ? partsOfProduct[product] : []) {
      const x = weight(parameters, `${name(part)}.weight`)
      const [rows, columns] = packingOf(x)!.shape
      putWords(memory, address, x)
      address += rows! * rowBytesOf(stored, columns!)
    }
    putLow(
      memory,
      partsOfProduct[product].map(part => affine(parameters, name(part))),
      lows[product],
    )
  }
  const biases = new Float32Array(memory, own.qkvBias, (heads + 2 * kvHeads) * headDim).fill(0)
  const sizes = [heads, kvHeads, kvHeads].map(n => n * headDim)
  partsOfProduct.qkv.forEach((part, p) => {
    const bias = parameters.get(`${name(part)}.bias`)
    const before = sizes.slice(0, p).reduce((a, b) => a + b, 0)
    if (bias !== undefined)
      biases.set(
        floatsOf(bias).map(x => (p === 0 ? x * headDim ** -0.5 : x)),
        before,
      )
  })
  put(memory, own.norm, floatsOf(weight(parameters, `${name('input_layernorm')}.weight`)))
  put(memory, own.gain, floatsOf(weight(parameters, `${name('post_attention_layernorm')}.weight`)))
}

/** Keys [N · kvHeads, P, headDim] go row by row, values turned to [N · kvHeads, headDim, places]. */
const putPrompts = (
  memory: ArrayBufferLike,
  { keys, values }: KeysValues,
  places: number,
  { own }: LayerPlaces,
): void => {
  const [heads, P, headDim] = keys.shape
  const [k, v] = [floatsOf(keys), floatsOf(values)]
  const turned = new Float32Array(memory, own.promptValues, heads * headDim * places).fill(0)
  for (let head = 0; head < heads; head++) {
    put(memory, own.promptKeys + head * places * headDim * 4, k.subarray(head * P * headDim, (head + 1) * P * headDim))
    for (let d = 0; d < headDim; d++)
      for (let j = 0; j < P; j++) turned[(head * headDim + d) * places + j] = v[(head * P + j) * headDim + d]!
  }
}

/** Copies what does not change between steps into the memory of a part. */
export const fillPart = (
  memory: ArrayBufferLike,
  { model, layers, cache, lengths }: Prefilled,
  { places }: Layout,
  { first, layers: to, at, embeddings }: Part,
  weights: Weights,
): void => {
  const { stored, copies } = weights
  const { config, parameters, constants } = model
  to.forEach((own, offset) => {
    const i = first + offset
    tf.tidy(() => {
      if (stored === 'F32') {
        const layer = layers[i]!
        const whole = isWhole(layer) ? layer : foldDecoderLayer(parameters, i, constants.text, 'rows', merged)
        putFolded(memory, config.text, whole, own)
      } else putPacked(memory, parameters, config.text, i, own, weights)
      putPrompts(memory, cache[i]!, places, own)
    })
  })
  new Int32Array(memory, at.lengths, lengths.length).set(lengths)
  if (at.head === 0) return
  put(memory, at.norm, floatsOf(weight(parameters, 'model.norm.weight')))
  if (stored === 'F32') put(memory, at.head, floatsOfWeight(parameters, headName(config)))
  else if (copies) putWords(memory, at.head, weight(parameters, headName(config)))
  if (copies && embeddings > 0) putWords(memory, embeddings, weight(parameters, embeddingName))
}
